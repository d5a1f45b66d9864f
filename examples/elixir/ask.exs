# Sends requests from standard input, one JSON object a line, and prints an answer for each, in their order:
#   echo '{"method": "identify", "files": ["party.jpg"]}' |
#     elixir -r lib/json.ex -r lib/face_worker.ex ask.exs -- face-worker --data faces
# Members: method, params, deadlineMs, key, files (attachments), cancelAfterEvents. A blank line waits for all answers.
defmodule Ask do
  alias FaceWorker.Json

  def run(["--" | command]) do
    limit = String.to_integer(System.get_env("FACE_WORKER_START_MS", "30000"))
    {:ok, worker} = FaceWorker.start_link(command: command, start_limit: limit)
    open = Enum.reduce(IO.stream(), [], fn line, open -> step(String.trim(line), open, worker) end)
    step("", open, worker)
    IO.puts(Json.encode(%{exitStatus: FaceWorker.close(worker)}))
  end

  # Replies are written when all before them are there.
  defp step("", open, worker) do
    for {ref, cancel_after} <- Enum.reverse(open), do: IO.puts(Json.encode(reply(worker, ref, cancel_after, [])))
    []
  end

  defp step(line, open, worker) do
    question = Json.decode!(line)
    files = Enum.map(question["files"] || [], &File.read!/1)
    options = [params: question["params"], key: question["key"], deadline: question["deadlineMs"], attachments: files]
    [{FaceWorker.request(worker, question["method"], options), question["cancelAfterEvents"]} | open]
  end

  defp reply(worker, ref, cancel_after, events) do
    receive do
      {:face_worker, ^ref, {:event, event}} ->
        if length(events) + 1 == cancel_after, do: FaceWorker.cancel(worker, ref)
        reply(worker, ref, cancel_after, [event | events])

      {:face_worker, ^ref, {:ok, answer}} ->
        %{
          events: Enum.reverse(events),
          result: answer["result"],
          replayed: answer["replayed"] == true,
          attachmentBytes: byte_size(answer["attachments"])
        }

      {:face_worker, ^ref, {:error, error}} ->
        error = %{code: error.code, retry: error.retry, retryAfterMs: error.retry_after_ms}
        %{events: Enum.reverse(events), error: error}
    end
  end
end

Ask.run(System.argv())

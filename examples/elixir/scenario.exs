# The scenario that every host example passes:
#   elixir -r lib/json.ex -r lib/face_worker.ex scenario.exs PHOTOS -- WORKER OPTIONS...
# Each step prints one line; ../test_hosts.py compares them with those of the other languages.
defmodule Scenario do
  def run([photos, "--" | command]) do
    photo = &File.read!(Path.join(photos, &1))
    {obama3, hopper, no_image} = {photo.("obama3.jpg"), photo.("grace_hopper.jpg"), "This is no image."}
    {:ok, worker} = FaceWorker.start_link(command: command)
    identify = &FaceWorker.call(worker, "identify", attachments: [&1], deadline: 60_000)

    enroll = fn subject, files ->
      options = [params: %{subject: subject}, key: "scenario-" <> subject, attachments: Enum.map(files, photo)]
      {:ok, answer} = FaceWorker.call(worker, "enroll", options)
      answer
    end

    {:ok, first} = FaceWorker.ready(worker)
    IO.puts("ready: protocol #{first["protocol"]}, #{Enum.map_join(first["models"], ", ", & &1["id"])}")

    for {subject, files} <- [{"obama", ["obama.jpg", "obama2.jpg"]}, {"hopper", ["grace_hopper.jpg"]}] do
      result = enroll.(subject, files)["result"]
      IO.puts("enrolled #{subject}: #{result["added"]} added, #{result["templates"]} templates")
    end

    say_replayed(enroll.("obama", ["obama.jpg", "obama2.jpg"]))
    IO.puts("identified obama3.jpg: #{names(identify.(obama3))}")
    IO.puts("identified biden.jpg: #{names(identify.(photo.("biden.jpg")))}")
    IO.puts("a bad photo: #{outcome(identify.(no_image))}")

    ref = FaceWorker.request(worker, "identify", attachments: [obama3, no_image, hopper])
    {events, {:ok, %{"result" => counts}}} = collect(ref)
    seen = events |> Enum.sort_by(& &1["index"]) |> Enum.map_join(", ", &names/1)
    IO.puts("three photos: #{seen}; #{counts["failed"]} failed")
    IO.puts("an unknown method: #{outcome(FaceWorker.call(worker, "guess"))}")
    hurried = FaceWorker.call(worker, "identify", attachments: [obama3], deadline: 1)
    IO.puts("a deadline of 1 ms: #{outcome(hurried)}")

    # Does something to a long request after its first event.
    interrupt = fn what ->
      ref = FaceWorker.request(worker, "identify", attachments: List.duplicate(hopper, 24))

      receive do
        {:face_worker, ^ref, {:event, _}} -> what.(ref)
      end

      outcome(FaceWorker.await(ref))
    end

    IO.puts("cancelled after the first event: #{interrupt.(&FaceWorker.cancel(worker, &1))}")

    gray = {:binary.copy(<<0>>, 10_000), %{type: "image/x-gray", width: 100, height: 100}}
    refs = for _ <- 1..300, do: FaceWorker.request(worker, "detect", attachments: [gray])
    answers = Enum.count(refs, &match?({:ok, %{"result" => %{"faces" => []}}}, FaceWorker.await(&1)))
    IO.puts("300 requests at once: #{answers} answers")

    IO.puts("killed in the middle: #{interrupt.(fn _ -> System.cmd("kill", ["-9", "#{first["pid"]}"]) end)}")
    {:ok, second} = FaceWorker.ready(worker)
    IO.puts("a new worker: #{second["bootID"] != first["bootID"]}")
    IO.puts("identified obama3.jpg: #{names(identify.(obama3))}")
    say_replayed(enroll.("hopper", ["grace_hopper.jpg"]))
    IO.puts("a bad photo: #{outcome(identify.(no_image))}")
    IO.puts("identified grace_hopper.jpg: #{names(identify.(hopper))}")
    IO.puts("closed: exit status #{FaceWorker.close(worker)}")
  end

  defp say_replayed(answer) do
    IO.puts("the same key again: replayed #{answer["replayed"] == true}, #{answer["result"]["templates"]} templates")
  end

  defp collect(ref, events \\ []) do
    receive do
      {:face_worker, ^ref, {:event, event}} -> collect(ref, [event | events])
      {:face_worker, ^ref, outcome} -> {events, outcome}
    end
  end

  defp outcome({:error, error}), do: "#{error.code}, retry #{error.retry}"
  defp outcome({:ok, _}), do: "no error"

  # Whom an answer or event names, the largest face first.
  defp names({:ok, %{"result" => result}}), do: names(result)
  defp names(%{"error" => error}), do: error["code"]
  defp names(%{"faces" => faces}), do: Enum.map_join(faces, " and ", &((&1["identity"] || %{})["subject"] || "unknown"))
end

Scenario.run(System.argv())

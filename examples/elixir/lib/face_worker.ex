defmodule FaceWorker.Error do
  @moduledoc "An error answer, or `sessionLost` when the worker died. `code` is for programs; `retry`: never, now, later."
  defexception [:code, :text, :retry, :retry_after_ms, details: %{}]

  @impl true
  def message(error), do: "#{error.code}: #{error.text}"
end

defmodule FaceWorker do
  @moduledoc """
  Talks to face-worker through a port. A worker that dies is replaced: what it had in flight fails with `sessionLost`,
  later requests go to the next one.

      {:ok, worker} = FaceWorker.start_link(command: ["face-worker", "--data", "faces"])
      {:ok, answer} = FaceWorker.call(worker, "identify", attachments: [File.read!("party.jpg")])
      answer["result"]["faces"]

  `{:packet, 4}` does the lengths of the frames. The worker's log is not on a pipe: it goes where this program's stderr
  goes. The wire format is described in PROTOCOL.md.
  """
  use GenServer
  alias FaceWorker.{Error, Json}

  @max_frame 67_108_864
  @max_failures 5
  # How long after its deadline a request waits for the worker to say so itself.
  @grace 1_000
  # The time between two pings. A worker that has not answered one at the next is replaced.
  @beat 5_000
  # Kinds of frame.
  @request 1
  @cancel 2
  @ready 16
  @event 17
  @result 18
  @error 19

  # -- For callers

  @doc "Options: `command` (program and arguments), `start_limit` in ms, `max_in_flight`, and those of GenServer."
  def start_link(options) do
    {own, options} = Keyword.split(options, [:command, :start_limit, :max_in_flight])
    GenServer.start_link(__MODULE__, own, options)
  end

  @doc "Waits for a worker that serves, and gives what it said of itself."
  def ready(server, timeout \\ 60_000), do: GenServer.call(server, :ready, timeout)

  @doc """
  Sends a request and returns a reference. The calling process gets `{:face_worker, ref, {:event, map}}` any number of
  times, then once `{:face_worker, ref, {:ok, answer}}` or `{:face_worker, ref, {:error, %FaceWorker.Error{}}}`. When it
  dies before, the request is cancelled.

  Options: `params`, `attachments` (bytes, or `{bytes, %{type: ..., width: ...}}`), `deadline` in ms, `key`.
  """
  def request(server, method, options \\ []), do: GenServer.call(server, {:request, method, options}, :infinity)

  @doc "Sends a request and waits: `{:ok, answer}` or `{:error, error}`. Events are dropped."
  def call(server, method, options \\ []), do: await(request(server, method, options))

  @doc "Waits for the end of a request."
  def await(ref) do
    receive do
      {:face_worker, ^ref, {:event, _}} -> await(ref)
      {:face_worker, ^ref, outcome} -> outcome
    end
  end

  @doc "Asks the worker to stop. It still answers, usually with `cancelled`."
  def cancel(server, ref), do: GenServer.cast(server, {:cancel, ref, "cancelled"})

  @doc "Lets the worker finish what it has, and gives its exit status."
  def close(server, timeout \\ 30_000), do: GenServer.call(server, :close, timeout)

  # -- The server

  @impl true
  def init(options) do
    state = %{
      command: Keyword.fetch!(options, :command),
      start_limit: options[:start_limit] || 30_000,
      max_in_flight: options[:max_in_flight] || 64,
      port: nil,
      os_pid: nil,
      ready: nil,
      is_suspect: false,
      reason: nil,
      asking_ready: [],
      closing: nil,
      dead: nil,
      failures: 0,
      next_id: 1,
      waiting: :queue.new(),
      calls: %{},
      ids: %{}
    }

    {:ok, start(state)}
  end

  @impl true
  def handle_call(:ready, from, state) do
    cond do
      state.dead -> {:reply, {:error, state.dead}, state}
      state.ready -> {:reply, {:ok, state.ready}, state}
      true -> {:noreply, %{state | asking_ready: [from | state.asking_ready]}}
    end
  end

  def handle_call({:request, method, options}, {caller, _}, state) do
    ref = Process.monitor(caller)
    deadline = options[:deadline]
    if deadline, do: Process.send_after(self(), {:deadline, ref}, deadline + @grace)
    until = deadline && now() + deadline
    call = %{caller: caller, method: method, options: options, until: until, id: nil}
    state = put_in(state.calls[ref], call)

    if state.dead || state.closing do
      {:reply, ref, finish(state, ref, {:error, state.dead || lost("The worker was closed.", "never")})}
    else
      {:reply, ref, pump(%{state | waiting: :queue.in(ref, state.waiting)})}
    end
  end

  def handle_call(:close, from, state) do
    state = %{state | closing: from}
    if state.port, do: {:noreply, pump(state)}, else: {:stop, :normal, nil, state}
  end

  @impl true
  def handle_cast({:cancel, ref, code}, state), do: {:noreply, give_up(state, ref, code)}

  @impl true
  def handle_info({port, {:data, packet}}, %{port: port} = state), do: {:noreply, receive_packet(packet, state)}
  def handle_info({port, {:exit_status, status}}, %{port: port} = state), do: lose(state, status)
  def handle_info({:deadline, ref}, state), do: {:noreply, give_up(state, ref, "deadlineExceeded")}
  def handle_info({:DOWN, ref, :process, _, _}, state), do: {:noreply, give_up(state, ref, "cancelled")}

  # A port takes text on the worker's output for the length of a packet and waits for the rest, and does not tell when
  # that output is closed. A worker answers pings at once, however busy it is.
  def handle_info({:beat, port}, %{port: port} = state) do
    if Enum.any?(state.ids, &match?({_, :ping}, &1)) do
      {:noreply, distrust(state, "The worker does not answer.")}
    else
      Process.send_after(self(), {:beat, port}, @beat)
      {:noreply, ping(state)}
    end
  end

  def handle_info(:start, state), do: {:noreply, start(state)}
  def handle_info(:pump, state), do: {:noreply, pump(state)}

  def handle_info({:start_limit, port}, %{port: port, ready: nil} = state) do
    {:noreply, distrust(state, "The worker was not ready after #{state.start_limit} ms.")}
  end

  # From a port that was replaced meanwhile, or a time limit that was kept.
  def handle_info(_, state), do: {:noreply, state}

  # -- The process

  defp start(%{command: [program | arguments]} = state) do
    path = System.find_executable(program) || Path.expand(program)
    settings = [:binary, :exit_status, :use_stdio, {:packet, 4}, {:args, arguments}]
    port = Port.open({:spawn_executable, path}, settings)
    Process.send_after(self(), {:start_limit, port}, state.start_limit)
    Process.send_after(self(), {:beat, port}, @beat)
    {:os_pid, os_pid} = Port.info(port, :os_pid) || {:os_pid, nil}
    %{state | port: port, os_pid: os_pid, ready: nil, is_suspect: false, reason: nil}
  rescue
    error ->
      send(self(), {:no_port, {:exit_status, 127}})
      %{state | port: :no_port, ready: nil, reason: Exception.message(error)}
  end

  # What it sent before still arrives, then its exit status.
  defp distrust(state, reason) do
    if state.os_pid, do: System.cmd("kill", ["-9", "#{state.os_pid}"], stderr_to_stdout: true)
    %{state | reason: state.reason || reason}
  end

  defp lose(state, status) do
    reason = state.reason || "The worker ended with status #{status}."
    state = Enum.reduce(in_flight(state), state, &finish(&2, &1, {:error, lost(reason, "later")}))
    state = %{state | port: nil, os_pid: nil, ready: nil, ids: %{}, failures: state.failures + 1}

    cond do
      state.closing ->
        state = fail_all(state, lost(reason, "never"))
        GenServer.reply(state.closing, status)
        {:stop, :normal, state}

      state.failures < @max_failures ->
        Process.send_after(self(), :start, 50 * Integer.pow(2, state.failures))
        {:noreply, state}

      true ->
        {:noreply, fail_all(state, lost(reason, "never"))}
    end
  end

  defp fail_all(state, error) do
    for from <- state.asking_ready, do: GenServer.reply(from, {:error, error})
    state = Enum.reduce(Map.keys(state.calls), state, &finish(&2, &1, {:error, error}))
    %{state | dead: error, asking_ready: [], waiting: :queue.new()}
  end

  # -- Sending

  # Sends what may be sent: never more than the pipe takes without a wait, nor than the worker should have at once.
  defp pump(%{ready: nil} = state), do: state
  defp pump(%{is_suspect: true} = state), do: state

  defp pump(state) do
    case {:queue.peek(state.waiting), map_size(state.ids) < state.max_in_flight} do
      {:empty, _} when state.closing != nil -> shut_down(state)
      {{:value, ref}, true} -> send_next(ref, Map.get(state.calls, ref), state)
      _ -> state
    end
  end

  # It was given up while it waited.
  defp send_next(_, nil, state), do: pump(%{state | waiting: :queue.drop(state.waiting)})

  defp send_next(ref, call, state) do
    # An id is never used again, so that no answer can reach the wrong request.
    id = state.next_id
    packet = encode(@request, id, message(call), blobs(call))

    cond do
      IO.iodata_length(packet) > @max_frame ->
        state = %{state | waiting: :queue.drop(state.waiting)}
        error = %Error{code: "badParams", text: "The request does not fit into a frame.", retry: "never"}
        pump(finish(state, ref, {:error, error}))

      Port.command(state.port, packet, [:nosuspend]) ->
        state = %{state | waiting: :queue.drop(state.waiting), next_id: id + 1}
        pump(%{state | calls: Map.put(state.calls, ref, %{call | id: id}), ids: Map.put(state.ids, id, ref)})

      # The pipe is full. A port says so, but not when there is room again.
      true ->
        Process.send_after(self(), :pump, 5)
        state
    end
  rescue
    # The port has just closed; its exit status is on its way.
    ArgumentError -> state
  end

  # A port cannot close the worker's input and still read its output, hence `shutdown`.
  defp shut_down(state) do
    Port.command(state.port, encode(@request, state.next_id, %{method: "shutdown"}, []))
    %{state | next_id: state.next_id + 1, ready: nil}
  rescue
    ArgumentError -> state
  end

  defp message(%{options: options} = call) do
    fields =
      for attachment <- options[:attachments] || [] do
        {bytes, description} = describe(attachment)
        Map.put(description, :length, byte_size(bytes))
      end

    deadline = call.until && max(1, call.until - now())
    message = %{method: call.method, params: options[:params], key: options[:key], deadlineMs: deadline}
    Map.put(message, :attachments, fields)
  end

  defp blobs(call), do: for(attachment <- call.options[:attachments] || [], do: elem(describe(attachment), 0))

  defp describe({bytes, description}), do: {bytes, description}
  defp describe(bytes), do: {bytes, %{}}

  # A frame without its length, which the port puts in front.
  defp encode(kind, id, message, blobs) do
    json = Json.encode(message)
    [<<0xFA, 1, kind, 0, id::64, IO.iodata_length(json)::32>>, json | blobs]
  end

  defp give_up(state, ref, code) do
    call = state.calls[ref]
    if call && call.id, do: Port.command(state.port, encode(@cancel, call.id, %{}, []))

    # The worker answers what is cancelled. It is not waited for when it never got it, or was too slow before.
    if call && (is_nil(call.id) || code == "deadlineExceeded") do
      error = %Error{code: code, text: "The host gave up waiting.", retry: "now"}
      # Nothing more is sent to a worker that was too slow until it is heard again.
      pump(finish(%{state | is_suspect: call.id != nil or state.is_suspect}, ref, {:error, error}))
    else
      state
    end
  rescue
    ArgumentError -> state
  end

  defp ping(%{ready: nil} = state), do: state

  defp ping(state) do
    Port.command(state.port, encode(@request, state.next_id, %{method: "ping"}, []))
    %{state | next_id: state.next_id + 1, ids: Map.put(state.ids, state.next_id, :ping)}
  rescue
    ArgumentError -> state
  end

  defp in_flight(state), do: for({_, ref} when ref != :ping <- state.ids, do: ref)

  # -- Receiving

  defp receive_packet(<<0xFA, 1, kind, 0, id::64, length::32, json::binary-size(length), blob::binary>>, state) do
    receive_frame(kind, id, Json.decode!(json), blob, %{state | is_suspect: false})
  rescue
    error -> distrust(state, "The worker sent a frame that cannot be read: #{inspect(error)}")
  catch
    _, error -> distrust(state, "The worker sent a frame that cannot be read: #{inspect(error)}")
  end

  defp receive_packet(_, state), do: distrust(state, "The worker sent something that is no frame.")

  defp receive_frame(@ready, 0, json, _, state) do
    for from <- state.asking_ready, do: GenServer.reply(from, {:ok, json})
    pump(%{state | ready: json, asking_ready: []})
  end

  defp receive_frame(@error, 0, json, _, state), do: %{state | reason: Exception.message(error(json))}

  defp receive_frame(kind, id, json, blob, state) do
    case {kind, state.ids[id]} do
      # Answers nobody waits for any more.
      {_, nil} -> pump(state)
      {_, :ping} -> pump(%{state | ids: Map.delete(state.ids, id)})
      {@event, ref} -> tell(state, ref, {:event, json})
      {@result, ref} -> pump(finish(%{state | failures: 0}, ref, {:ok, Map.put(json, "attachments", blob)}))
      {@error, ref} -> pump(finish(%{state | failures: 0}, ref, {:error, error(json)}))
      # Kinds of later versions.
      _ -> state
    end
  end

  defp tell(state, ref, what) do
    send(state.calls[ref].caller, {:face_worker, ref, what})
    state
  end

  defp finish(state, ref, outcome) do
    {call, calls} = Map.pop!(tell(state, ref, outcome).calls, ref)
    Process.demonitor(ref, [:flush])
    %{state | calls: calls, ids: Map.delete(state.ids, call.id)}
  end

  defp error(%{"error" => %{"code" => code} = error}) do
    %Error{
      code: code,
      text: error["message"],
      retry: error["retry"] || "never",
      retry_after_ms: error["retryAfterMs"],
      details: error["details"] || %{}
    }
  end

  defp error(_), do: %Error{code: "internal", text: "The worker gave no reason.", retry: "never"}

  defp lost(text, retry), do: %Error{code: "sessionLost", text: text, retry: retry}

  defp now, do: System.monotonic_time(:millisecond)
end

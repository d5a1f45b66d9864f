import com.google.gson.Gson;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.io.BufferedInputStream;
import java.io.BufferedReader;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Talks to face-worker. Needs Java 17 and Gson. A worker that dies is replaced: what it had in flight fails with
 * {@code sessionLost}, later requests go to the next one. Every method may be called from any thread and none waits.
 *
 * <pre>{@code
 * try (var worker = new FaceWorker(List.of("face-worker", "--data", "faces"))) {
 *   var photo = Attachment.of(Files.readAllBytes(Path.of("party.jpg")));
 *   System.out.println(worker.request(Request.of("identify", photo)).answer.join().result());
 * }
 * }</pre>
 */
public final class FaceWorker implements AutoCloseable {
  private static final int MAX_FAILURES = 5; // deaths without a single answer between them
  private static final long GRACE_MS = 1000; // how long after its deadline a request waits for the worker to say so

  /** An image. The fields after the name describe raw pixels and are null otherwise. */
  public record Attachment(byte[] data, String name, String type, Integer width, Integer height) {
    public static Attachment of(byte[] data) {
      return new Attachment(data, null, null, null, null);
    }
  }

  /** What to ask. Everything but the method may be null; events run on the reading thread and should return quickly. */
  public record Request(
      String method, JsonObject params, List<Attachment> attachments, Long deadlineMs, String key, Consumer<JsonObject> onEvent) {
    public static Request of(String method, Attachment... attachments) {
      return new Request(method, null, List.of(attachments), null, null, null);
    }
  }

  /** A result, and the bytes behind its frame. */
  public record Answer(JsonObject result, JsonObject timing, long generation, boolean replayed, byte[] attachments) {}

  /** A request on its way. The answer completes exceptionally with a {@link FaceWorkerException}. */
  public final class Call {
    public final CompletableFuture<Answer> answer = new CompletableFuture<>();
    private final Request request;
    private final JsonObject message = new JsonObject();
    private final List<byte[]> blobs = new ArrayList<>();
    private long id; // 0 until it is sent
    private long deadline; // as System.nanoTime() tells time
    private ScheduledFuture<?> timer;

    private Call(Request request) {
      this.request = request;
      message.addProperty("method", request.method());
      message.addProperty("key", request.key());
      message.add("params", request.params());
      JsonArray fields = new JsonArray();
      for (Attachment each : request.attachments() == null ? List.<Attachment>of() : request.attachments()) {
        JsonObject field = new JsonObject();
        field.addProperty("length", each.data().length);
        field.addProperty("name", each.name());
        field.addProperty("type", each.type());
        field.addProperty("width", each.width());
        field.addProperty("height", each.height());
        fields.add(field);
        blobs.add(each.data());
      }
      message.add("attachments", fields);
    }

    /** Asks the worker to stop; it still answers, usually with {@code cancelled}. */
    public void cancel() {
      giveUp(this, "cancelled");
    }

    private void fail(FaceWorkerException error) {
      ForkJoinPool.commonPool().execute(() -> answer.completeExceptionally(error)); // never what depends on it, here
    }
  }

  private final List<String> command;
  private final long startLimitMs;
  private final int maxInFlight;
  private final Consumer<String> onLog;
  private final Gson gson = new Gson();
  private final ScheduledExecutorService clock =
      Executors.newSingleThreadScheduledExecutor(task -> daemon(new Thread(task, "face-worker clock")));

  // Guarded by this; nothing waits while it is held.
  private final Deque<Call> waiting = new ArrayDeque<>();
  private final Map<Long, Call> inFlight = new HashMap<>();
  private final CompletableFuture<Integer> ended = new CompletableFuture<>();
  private CompletableFuture<JsonObject> ready = new CompletableFuture<>();
  private Life life;
  private FaceWorkerException dead; // why no further worker is started
  private boolean ending;
  private long nextId = 1;
  private int failures;

  public FaceWorker(List<String> command) {
    this(command, 30_000, 64, line -> {});
  }

  /** Starts the worker. At most {@code maxInFlight} requests are with it at a time, the others wait here. */
  public FaceWorker(List<String> command, long startLimitMs, int maxInFlight, Consumer<String> onLog) {
    this.command = List.copyOf(command);
    this.startLimitMs = startLimitMs;
    this.maxInFlight = maxInFlight;
    this.onLog = onLog;
    startNext();
  }

  /** What the worker said when it became ready; after a restart, what the new one says. */
  public synchronized CompletableFuture<JsonObject> ready() {
    return ready;
  }

  /** Sends a request, as soon as there is a worker with room for it. */
  public Call request(Request request) {
    Call call = new Call(request);
    synchronized (this) {
      if (dead != null || ending) {
        call.fail(dead != null ? dead : lost("the worker was closed", "never"));
        return call;
      }
      if (request.deadlineMs() != null) {
        call.deadline = System.nanoTime() + request.deadlineMs() * 1_000_000;
        call.timer = clock.schedule(
            () -> giveUp(call, "deadlineExceeded"), request.deadlineMs() + GRACE_MS, TimeUnit.MILLISECONDS);
      }
      waiting.add(call);
      pump();
    }
    return call;
  }

  /** Lets the worker finish what it has, and gives its exit status. */
  public synchronized CompletableFuture<Integer> shutdown() {
    ending = true;
    if (life == null) {
      ended.complete(-1);
    }
    pump();
    return ended;
  }

  /** As {@link #shutdown}, but waits, and kills a worker that has not ended after 30 seconds. */
  @Override
  public void close() {
    shutdown().completeOnTimeout(-1, 30, TimeUnit.SECONDS).join();
    synchronized (this) {
      if (life != null) {
        life.distrust("the worker did not end in time");
      }
    }
    clock.shutdown();
  }

  // Sending

  private synchronized void pump() {
    while (life != null && life.isReady && !waiting.isEmpty() && inFlight.size() < maxInFlight) {
      Call call = waiting.remove();
      if (call.deadline != 0) {
        call.message.addProperty("deadlineMs", Math.max(1, (call.deadline - System.nanoTime()) / 1_000_000));
      }
      call.id = nextId++; // never used again, so that no answer can reach the wrong request
      try {
        life.writes.add(Frames.encode(Frames.REQUEST, call.id, call.message, call.blobs));
        inFlight.put(call.id, call);
      } catch (FaceWorkerException error) {
        call.fail(error);
      }
    }
    if (ending && waiting.isEmpty() && life != null && life.isReady) {
      life.writes.add(Life.END);
    }
  }

  /** The worker answers what is cancelled. It is not waited for when it never got it, or was too slow before. */
  private synchronized void giveUp(Call call, String code) {
    boolean wasWaiting = waiting.remove(call);
    boolean wasInFlight = inFlight.containsKey(call.id);
    if (wasInFlight) {
      life.writes.add(Frames.encode(Frames.CANCEL, call.id, new JsonObject(), List.of()));
    }
    if (wasWaiting || wasInFlight && !code.equals("cancelled")) {
      inFlight.remove(call.id);
      call.fail(new FaceWorkerException(code, "the host gave up waiting", "now"));
      pump();
    }
  }

  // Receiving

  private synchronized Call take(Frames.Frame frame) {
    if (frame.kind() == Frames.EVENT) {
      return inFlight.get(frame.id());
    }
    failures = 0;
    return inFlight.remove(frame.id());
  }

  private void receive(Life from, Frames.Frame frame) {
    JsonObject json = frame.json();
    if (frame.id() == 0) {
      if (frame.kind() == Frames.READY) {
        synchronized (this) {
          from.isReady = true;
          ready.completeAsync(() -> json);
        }
      } else if (frame.kind() == Frames.ERROR) {
        from.reason = FaceWorkerException.of(json).getMessage();
      }
    } else if (frame.kind() >= Frames.EVENT && frame.kind() <= Frames.ERROR) {
      Call call = take(frame);
      if (call == null) {
        return; // nobody waits for it any more
      }
      if (frame.kind() == Frames.EVENT) {
        if (call.request.onEvent() != null) {
          call.request.onEvent().accept(json);
        }
        return;
      }
      if (call.timer != null) {
        call.timer.cancel(false);
      }
      if (frame.kind() == Frames.ERROR) {
        call.fail(FaceWorkerException.of(json));
      } else {
        Wire wire = gson.fromJson(json, Wire.class);
        Answer answer = new Answer(wire.result, wire.timing, wire.generation, wire.replayed, frame.blob());
        call.answer.completeAsync(() -> answer);
      }
    } // kinds of later versions are dropped
    pump();
  }

  private static final class Wire {
    JsonObject result = new JsonObject();
    JsonObject timing = new JsonObject();
    long generation;
    boolean replayed;
  }

  // The process

  private synchronized void startNext() {
    life = new Life();
    life.start();
  }

  /** The worker is gone: everything in flight fails, and the next worker is started. */
  private synchronized void lose(Life which, String reason, int status) {
    failures += 1;
    if (which.isReady) {
      ready = new CompletableFuture<>();
    }
    life = null;
    inFlight.values().forEach(call -> call.fail(lost(reason, "later")));
    inFlight.clear();
    if (!ending && failures < MAX_FAILURES) {
      clock.schedule(() -> {
        if (ending) ended.complete(status); else startNext();
      }, 50L << failures, TimeUnit.MILLISECONDS);
      return;
    }
    dead = lost(reason, "never");
    ready.completeExceptionally(dead);
    waiting.forEach(call -> call.fail(dead));
    waiting.clear();
    ended.complete(status);
  }

  private static FaceWorkerException lost(String message, String retry) {
    return new FaceWorkerException("sessionLost", message, retry);
  }

  private static Thread daemon(Thread thread) {
    thread.setDaemon(true);
    return thread;
  }

  /** One process. Three threads: both of its outputs are read all the time, and a full pipe to it holds up nobody else. */
  private final class Life {
    static final List<byte[]> END = List.of();
    final BlockingQueue<List<byte[]>> writes = new LinkedBlockingQueue<>(); // bounded by maxInFlight
    volatile String reason; // why it is not trusted any more, where we know better than its exit status
    boolean isReady;
    private Process process;

    void start() {
      try {
        process = new ProcessBuilder(command).start();
      } catch (IOException error) {
        clock.execute(() -> lose(this, error.getMessage(), 127));
        return;
      }
      clock.schedule(this::checkReady, startLimitMs, TimeUnit.MILLISECONDS);
      daemon(new Thread(this::write, "face-worker input")).start();
      daemon(new Thread(this::readLog, "face-worker log")).start();
      daemon(new Thread(this::readFrames, "face-worker output")).start();
    }

    void distrust(String why) {
      if (reason == null) {
        reason = why;
      }
      process.destroyForcibly();
    }

    private void checkReady() {
      synchronized (FaceWorker.this) {
        if (!isReady) {
          distrust("the worker was not ready after " + startLimitMs + " ms");
        }
      }
    }

    private void write() {
      try (OutputStream out = process.getOutputStream()) {
        for (List<byte[]> frame = writes.take(); frame != END; frame = writes.take()) {
          for (byte[] piece : frame) {
            out.write(piece);
          }
          if (writes.isEmpty()) {
            out.flush();
          }
        }
      } catch (IOException | InterruptedException error) {
        // A broken pipe: the exit tells more.
      }
    }

    private void readLog() {
      try (var lines = new BufferedReader(new InputStreamReader(process.getErrorStream(), StandardCharsets.UTF_8))) {
        lines.lines().forEach(onLog);
      } catch (IOException | RuntimeException error) {
        distrust("its log could not be read: " + error.getMessage());
      }
    }

    private void readFrames() {
      try (var in = new DataInputStream(new BufferedInputStream(process.getInputStream(), 1 << 16))) {
        for (Frames.Frame frame = Frames.read(in); frame != null; frame = Frames.read(in)) {
          receive(this, frame);
        }
      } catch (IOException | RuntimeException error) { // also a callback's mistake: nobody may wait forever for it
        distrust(error.getMessage());
      }
      // Without output it is of no use, even if it should live on.
      process.onExit().completeOnTimeout(process, 5, TimeUnit.SECONDS).join().destroyForcibly();
      int status = process.onExit().join().exitValue();
      writes.add(END);
      lose(this, reason != null ? reason : "the worker ended with status " + status, status);
    }
  }
}

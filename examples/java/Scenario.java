import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;

/**
 * The scenario that every host example passes: java Scenario PHOTOS -- WORKER OPTIONS... Each step prints one line;
 * ../test_hosts.py compares them with those of the other languages.
 */
public final class Scenario {
  private final Path photos;
  private final FaceWorker worker;

  private Scenario(Path photos, FaceWorker worker) {
    this.photos = photos;
    this.worker = worker;
  }

  public static void main(String[] arguments) throws Exception {
    try (var worker = new FaceWorker(List.of(arguments).subList(2, arguments.length))) {
      new Scenario(Path.of(arguments[0]), worker).run();
    }
  }

  private byte[] photo(String name) {
    try {
      return Files.readAllBytes(photos.resolve(name));
    } catch (IOException error) {
      throw new UncheckedIOException(error);
    }
  }

  private FaceWorker.Answer enroll(String subject, String... files) {
    var params = new JsonObject();
    params.addProperty("subject", subject);
    var attachments = List.of(files).stream().map(file -> FaceWorker.Attachment.of(photo(file))).toList();
    return worker.request(new FaceWorker.Request("enroll", params, attachments, null, "scenario-" + subject, null)).answer.join();
  }

  private CompletableFuture<FaceWorker.Answer> identify(byte[] image, long deadlineMs) {
    var attachments = List.of(FaceWorker.Attachment.of(image));
    return worker.request(new FaceWorker.Request("identify", null, attachments, deadlineMs, null, null)).answer;
  }

  private void identified(String name) {
    System.out.printf("identified %s: %s%n", name, names(identify(photo(name), 60_000).join().result()));
  }

  private static String names(JsonObject answer) {
    if (answer.has("error")) {
      return answer.getAsJsonObject("error").get("code").getAsString();
    }
    return StreamSupport.stream(answer.getAsJsonArray("faces").spliterator(), false)
        .map(face -> face.getAsJsonObject().get("identity"))
        .map(identity -> identity.isJsonNull() ? "unknown" : identity.getAsJsonObject().get("subject").getAsString())
        .collect(Collectors.joining(" and "));
  }

  private static String outcome(CompletableFuture<FaceWorker.Answer> answer) {
    try {
      answer.join();
      return "no error";
    } catch (CompletionException error) {
      var wire = (FaceWorkerException) error.getCause();
      return wire.code() + ", retry " + wire.retry();
    }
  }

  private static void sayReplayed(FaceWorker.Answer answer) {
    System.out.printf(
        "the same key again: replayed %b, %d templates%n", answer.replayed(), answer.result().get("templates").getAsInt());
  }

  private void run() throws Exception {
    JsonObject first = worker.ready().get(30, TimeUnit.SECONDS);
    List<String> models = new ArrayList<>();
    for (JsonElement model : first.getAsJsonArray("models")) {
      models.add(model.getAsJsonObject().get("id").getAsString());
    }
    System.out.printf("ready: protocol %d, %s%n", first.get("protocol").getAsInt(), String.join(", ", models));
    for (String[] person : new String[][] {{"obama", "obama.jpg", "obama2.jpg"}, {"hopper", "grace_hopper.jpg"}}) {
      JsonObject result = enroll(person[0], List.of(person).subList(1, person.length).toArray(String[]::new)).result();
      System.out.printf(
          "enrolled %s: %d added, %d templates%n",
          person[0], result.get("added").getAsInt(), result.get("templates").getAsInt());
    }
    sayReplayed(enroll("obama", "obama.jpg", "obama2.jpg"));
    identified("obama3.jpg");
    identified("biden.jpg");
    byte[] noImage = "This is no image.".getBytes();
    System.out.println("a bad photo: " + outcome(identify(noImage, 60_000)));

    var images = List.of(photo("obama3.jpg"), noImage, photo("grace_hopper.jpg")).stream().map(FaceWorker.Attachment::of).toList();
    var events = new TreeMap<Integer, String>();
    var batch = worker.request(new FaceWorker.Request(
        "identify", null, images, null, null, event -> events.put(event.get("index").getAsInt(), names(event))));
    int failed = batch.answer.join().result().get("failed").getAsInt();
    System.out.printf("three photos: %s; %d failed%n", String.join(", ", events.values()), failed);
    System.out.println("an unknown method: " + outcome(worker.request(FaceWorker.Request.of("guess")).answer));
    System.out.println("a deadline of 1 ms: " + outcome(identify(photo("obama3.jpg"), 1)));
    System.out.println("cancelled after the first event: " + interrupt(() -> {}, true));

    var gray = new FaceWorker.Attachment(new byte[10_000], null, "image/x-gray", 100, 100);
    var all = IntStream.range(0, 300).mapToObj(i -> worker.request(FaceWorker.Request.of("detect", gray)).answer).toList();
    long answers = all.stream().filter(each -> each.join().result().getAsJsonArray("faces").isEmpty()).count();
    System.out.printf("300 requests at once: %d answers%n", answers);

    ProcessHandle process = ProcessHandle.of(first.get("pid").getAsLong()).orElseThrow();
    System.out.println("killed in the middle: " + interrupt(process::destroyForcibly, false));
    JsonObject second = worker.ready().get(30, TimeUnit.SECONDS);
    System.out.printf("a new worker: %b%n", !first.get("bootID").equals(second.get("bootID")));
    identified("obama3.jpg");
    sayReplayed(enroll("hopper", "grace_hopper.jpg"));
    System.out.println("a bad photo: " + outcome(identify(noImage, 60_000)));
    identified("grace_hopper.jpg");
    System.out.printf("closed: exit status %d%n", worker.shutdown().get(30, TimeUnit.SECONDS));
  }

  /** Does something to a long request after its first event. */
  private String interrupt(Runnable what, boolean cancel) {
    var hopper = FaceWorker.Attachment.of(photo("grace_hopper.jpg"));
    var begun = new CompletableFuture<Void>();
    var request = new FaceWorker.Request(
        "identify", null, Collections.nCopies(24, hopper), null, null, event -> begun.completeAsync(() -> null));
    FaceWorker.Call call = worker.request(request);
    begun.join();
    what.run();
    if (cancel) {
      call.cancel();
    }
    return outcome(call.answer);
  }
}

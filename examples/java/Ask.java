import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonObject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Scanner;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;

/**
 * Sends requests from standard input, one JSON object a line, and prints an answer for each, in their order:
 *
 * <pre>echo '{"method": "identify", "files": ["party.jpg"]}' | java Ask -- face-worker --data faces</pre>
 *
 * Members: method, params, deadlineMs, key, files (attachments), cancelAfterEvents. A blank line waits for all answers.
 */
public final class Ask {
  private static final Gson GSON = new GsonBuilder().serializeNulls().create();

  private static final class Question {
    String method;
    JsonObject params;
    Long deadlineMs;
    String key;
    List<String> files = List.of();
    int cancelAfterEvents;
  }

  /** A call, and the events it had so far. */
  private static final class Asked {
    final List<JsonObject> events = new ArrayList<>();
    FaceWorker.Call call;

    Asked(FaceWorker worker, Question question) throws Exception {
      var attachments = new ArrayList<FaceWorker.Attachment>();
      for (String file : question.files) {
        attachments.add(FaceWorker.Attachment.of(Files.readAllBytes(Path.of(file))));
      }
      synchronized (events) { // so that no event comes before there is a call
        call = worker.request(new FaceWorker.Request(
            question.method, question.params, attachments, question.deadlineMs, question.key, event -> {
              synchronized (events) {
                events.add(event);
                if (events.size() == question.cancelAfterEvents) {
                  call.cancel();
                }
              }
            }));
      }
    }

    String reply() {
      Map<String, Object> reply = new LinkedHashMap<>();
      try {
        FaceWorker.Answer answer = call.answer.join();
        reply.put("result", answer.result());
        reply.put("replayed", answer.replayed());
        reply.put("attachmentBytes", answer.attachments().length);
      } catch (CompletionException failure) {
        var error = (FaceWorkerException) failure.getCause();
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("code", error.code());
        members.put("retry", error.retry());
        members.put("retryAfterMs", error.retryAfterMs());
        reply.put("error", members);
      }
      reply.put("events", events);
      return GSON.toJson(reply);
    }
  }

  private Ask() {}

  public static void main(String[] arguments) throws Exception {
    long limit = Long.parseLong(System.getenv().getOrDefault("FACE_WORKER_START_MS", "30000"));
    var command = List.of(arguments).subList(1, arguments.length);
    try (var worker = new FaceWorker(command, limit, 64, line -> {}); var input = new Scanner(System.in)) {
      List<Asked> open = new ArrayList<>();
      while (input.hasNextLine()) {
        String line = input.nextLine();
        if (line.isBlank()) {
          open.forEach(each -> System.out.println(each.reply()));
          open.clear();
        } else {
          open.add(new Asked(worker, GSON.fromJson(line, Question.class)));
        }
      }
      open.forEach(each -> System.out.println(each.reply()));
      System.out.println(GSON.toJson(Map.of("exitStatus", worker.shutdown().get(30, TimeUnit.SECONDS))));
    }
  }
}

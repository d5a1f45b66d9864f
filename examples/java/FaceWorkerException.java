import com.google.gson.JsonElement;
import com.google.gson.JsonObject;

/** An error answer of the worker, or {@code sessionLost} when it died. The code is for programs, the message for people. */
public final class FaceWorkerException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final String code;
  private final String retry;
  private final Long retryAfterMs;
  private final transient JsonObject details;

  FaceWorkerException(String code, String message, String retry, Long retryAfterMs, JsonObject details) {
    super(code + ": " + message);
    this.code = code;
    this.retry = retry;
    this.retryAfterMs = retryAfterMs;
    this.details = details;
  }

  FaceWorkerException(String code, String message, String retry) {
    this(code, message, retry, null, new JsonObject());
  }

  /** Reads the JSON of an error frame; members that are missing or of the wrong type get harmless values. */
  static FaceWorkerException of(JsonObject message) {
    JsonObject error = message.get("error") instanceof JsonObject object ? object : new JsonObject();
    Double after = number(error.get("retryAfterMs"));
    return new FaceWorkerException(
        text(error.get("code"), "internal"),
        text(error.get("message"), "no message"),
        text(error.get("retry"), "never"),
        after == null ? null : Math.round(after),
        error.get("details") instanceof JsonObject object ? object : new JsonObject());
  }

  private static String text(JsonElement element, String otherwise) {
    return element != null && element.isJsonPrimitive() ? element.getAsString() : otherwise;
  }

  private static Double number(JsonElement element) {
    boolean isNumber = element != null && element.isJsonPrimitive() && element.getAsJsonPrimitive().isNumber();
    return isNumber ? (Double) element.getAsDouble() : null;
  }

  /** Stable; see the table of errors in PROTOCOL.md. */
  public String code() {
    return code;
  }

  /** {@code never}, {@code now} or {@code later}. */
  public String retry() {
    return retry;
  }

  /** How many milliseconds to wait before a repetition, or null when the worker cannot tell. */
  public Long retryAfterMs() {
    return retryAfterMs;
  }

  public JsonObject details() {
    return details;
  }
}

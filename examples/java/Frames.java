import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Frames of FWP/1 as bytes. All integers are big-endian, as Java's are. */
final class Frames {
  static final int MAX_FRAME = 67_108_864;
  private static final int HEADER = 16;
  private static final byte MAGIC = (byte) 0xFA;
  private static final byte VERSION = 1;

  static final int REQUEST = 1;
  static final int CANCEL = 2;
  static final int READY = 16;
  static final int EVENT = 17;
  static final int RESULT = 18;
  static final int ERROR = 19;

  private Frames() {}

  /** One message; the id is that of its request, or 0 for the connection itself. */
  record Frame(int kind, long id, JsonObject json, byte[] blob) {}

  /** The pieces of a frame, so that attachments are not copied. */
  static List<byte[]> encode(int kind, long id, JsonObject message, List<byte[]> blobs) {
    byte[] json = message.toString().getBytes(StandardCharsets.UTF_8);
    long length = HEADER + json.length + blobs.stream().mapToLong(blob -> blob.length).sum();
    if (length > MAX_FRAME) {
      throw new FaceWorkerException("badParams", length + " bytes do not fit into a frame of " + MAX_FRAME, "never");
    }
    ByteBuffer head = ByteBuffer.allocate(4 + HEADER + json.length).putInt((int) length);
    head.put(MAGIC).put(VERSION).put((byte) kind).put((byte) 0).putLong(id).putInt(json.length).put(json);
    List<byte[]> pieces = new ArrayList<>();
    pieces.add(head.array());
    pieces.addAll(blobs);
    return pieces;
  }

  /** The next frame, or null at a clean end. Any other end, and bytes that are no frame, are an IOException. */
  static Frame read(DataInputStream in) throws IOException {
    int first = in.read();
    if (first < 0) {
      return null;
    }
    byte[] rest = new byte[3 + HEADER];
    try {
      in.readFully(rest);
    } catch (EOFException error) {
      throw new IOException("the worker's output ended inside a frame");
    }
    ByteBuffer head = ByteBuffer.allocate(4 + HEADER).put((byte) first).put(rest).flip();
    int length = head.getInt();
    byte magic = head.get();
    byte version = head.get();
    int kind = Byte.toUnsignedInt(head.get());
    byte flags = head.get();
    long id = head.getLong();
    int jsonLength = head.getInt();
    if (length < HEADER || length > MAX_FRAME || magic != MAGIC || version != VERSION || flags != 0) {
      throw new IOException("the worker sent something that is no frame");
    }
    if (jsonLength < 0 || jsonLength > length - HEADER) {
      throw new IOException("the worker sent a frame with a wrong length of its JSON");
    }
    byte[] json = in.readNBytes(jsonLength);
    byte[] blob = in.readNBytes(length - HEADER - jsonLength);
    if (json.length + blob.length != length - HEADER) {
      throw new IOException("the worker's output ended inside a frame");
    }
    try {
      return new Frame(kind, id, JsonParser.parseString(new String(json, StandardCharsets.UTF_8)).getAsJsonObject(), blob);
    } catch (JsonParseException | IllegalStateException error) {
      throw new IOException("the worker sent JSON that cannot be read", error);
    }
  }
}

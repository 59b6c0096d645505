package conformance;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.charset.StandardCharsets;
import org.apache.flink.statefun.sdk.java.TypeName;
import org.apache.flink.statefun.sdk.java.types.SimpleType;
import org.apache.flink.statefun.sdk.java.types.Type;

/** The types of the application's own. */
final class Types {
  static final ObjectMapper MAPPER = new ObjectMapper();

  static final Type<JsonNode> ORDER = json("conformance/Order");
  static final Type<JsonNode> REPORT = json("conformance/Report");
  static final Type<JsonNode> JSON = json("conformance/Json");
  static final Type<JsonNode> GREET_REQUEST = json("conformance/GreetRequest");
  static final Type<JsonNode> EGRESS_RECORD = json("io.statefun.playground/EgressRecord");
  static final Type<Point> POINT =
      SimpleType.simpleImmutableTypeFrom(
          TypeName.typeNameFromString("conformance/Point"),
          point -> point.text().getBytes(StandardCharsets.UTF_8),
          bytes -> Point.of(new String(bytes, StandardCharsets.UTF_8)));

  record Point(int x, int y) {
    static Point of(String text) {
      String[] parts = text.split(",");
      return new Point(Integer.parseInt(parts[0]), Integer.parseInt(parts[1]));
    }

    String text() {
      return x + "," + y;
    }
  }

  private static Type<JsonNode> json(String name) {
    return SimpleType.simpleImmutableTypeFrom(
        TypeName.typeNameFromString(name), MAPPER::writeValueAsBytes, MAPPER::readTree);
  }

  /** The bytes themselves, of any type. */
  static Type<byte[]> raw(TypeName name) {
    return SimpleType.simpleImmutableTypeFrom(name, bytes -> bytes, bytes -> bytes);
  }

  private Types() {}
}

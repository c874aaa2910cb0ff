package pinwatch.pins;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;

public final class JsonTest {
    public static void readsEveryKindOfValue() throws Exception {
        Map<?, ?> object = (Map<?, ?>) parse(" {\"a\" : [1, true,false ,null],\r\n\t\"b\":\"x\\u00e9\\ud83d\\ude00\\n\\/\"} ");
        List<?> array = (List<?>) object.get("a");
        Check.equal(1L, ((JsonNumber) array.get(0)).integer());
        Check.equal(Arrays.asList(true, false, Json.NULL), array.subList(1, 4));
        Check.equal("xé😀\n/", object.get("b"));
        Check.equal(Collections.emptyMap(), parse("{}"));
        Check.equal(Collections.emptyList(), parse("[ ]"));
    }

    public static void anIntegerIsDigitsAlone() throws Exception {
        for (String text : new String[] {"1.0", "1e0", "1E+2", "-0", "-1", "0.5", "9007199254740992", "1e400"}) {
            Check.equal(-1L, ((JsonNumber) parse(text)).integer());
        }
        Check.equal(JsonNumber.LARGEST, ((JsonNumber) parse("9007199254740991")).integer());
        Check.equal(0L, ((JsonNumber) parse("0")).integer());
    }

    public static void refusesWhatOtherReadersAccept() throws Exception {
        String[] texts = {
            "", " ", "{", "[1,]", "{\"a\":1,}", "{a:1}", "{'a':1}", "{\"a\" 1}", "[1 2]", "01", "+1", ".5", "1.", "1e", "-",
            "NaN", "Infinity", "tru", "nulls", "\"a", "\"\\x41\"", "\"\\u12g4\"", "\"\\u00\"", "\"\t\"", "\"\\ud800\"",
            "\"\\ude00\\ud83d\"", "\"\\ud83dx\"", "{} {}", "/**/{}", "{}//", "{\"a\":1,\"a\":1}", "{\"a\":1,\"\\u0061\":1}",
            "[{\"b\":{\"c\":1,\"c\":2}}]", "\ufeff{}", "\u00a0{}", "{\"a\":1\u2028}", "\"\\u１２３４\"",
        };
        for (String text : texts) {
            Check.refused(Refusal.MALFORMED, () -> parse(text));
        }
    }

    public static void refusesWhatIsNotUtf8() throws Exception {
        int[][] contents = {{0xc0, 0xaf}, {0xed, 0xa0, 0x80}, {0xff}, {0xc3}, {0xf4, 0x90, 0x80, 0x80}, {0xe0, 0x80, 0xaf}};
        for (int[] content : contents) {
            byte[] json = new byte[content.length + 2];
            json[0] = '"';
            json[json.length - 1] = '"';
            for (int index = 0; index < content.length; index++) {
                json[index + 1] = (byte) content[index];
            }
            Check.refused(Refusal.MALFORMED, () -> Json.parse(json));
        }
    }

    public static void nestsSixteenLevels() throws Exception {
        parse(nested(16));
        Check.refused(Refusal.MALFORMED, () -> parse(nested(17)));
        Check.refused(Refusal.MALFORMED, () -> parse(nested(100_000)));
    }

    private static String nested(int depth) {
        char[] brackets = new char[depth];
        Arrays.fill(brackets, '[');
        return new String(brackets) + new String(brackets).replace('[', ']');
    }

    private static Object parse(String text) throws RefusedException {
        return Json.parse(text.getBytes(StandardCharsets.UTF_8));
    }
}

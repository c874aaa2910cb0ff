package pinwatch.pins;

import java.util.Arrays;
import java.util.Base64;
import java.util.Random;

public final class Base64UrlTest {
    public static void encodesAndDecodesAsTheJdk() {
        Random random = new Random(1);
        for (int length = 0; length < 200; length++) {
            byte[] bytes = new byte[length];
            random.nextBytes(bytes);
            String text = Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
            Check.equal(text, Base64Url.encode(bytes));
            Check.holds(Arrays.equals(bytes, Base64Url.decode(text)), "the bytes of " + text);
            String padded = Base64.getEncoder().encodeToString(bytes);
            Check.equal(padded, pinwatch.pins.Base64.encode(bytes));
            Check.holds(Arrays.equals(bytes, pinwatch.pins.Base64.decode(padded)), "the bytes of " + padded);
        }
    }

    public static void refusesAllButOneText() {
        for (String text : new String[] {"A", "AAAAA", "AB", "AAB", "AA==", "AA=", "A A", "AA\n", "+A", "/A", "é", "AAAÁ"}) {
            Check.equal(null, Base64Url.decode(text));
        }
        for (String text : new String[] {"AA", "AAA", "AA=", "AB==", "AAB=", "====", "A===", "AAA==", "-A==", "AA==AA==", "_w=="}) {
            Check.equal(null, pinwatch.pins.Base64.decode(text));
        }
        Check.equal(1, Base64Url.decode("AQ").length);
        Check.equal(2, Base64Url.decode("AAE").length);
    }
}

package dev.millrace.mask;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * Secrets, and texts without them. A secret is recognised as it is, escaped for URLs, JSON or HTML, and inside of
 * Base64. Safe for use by several threads.
 */
public final class Masks {
    private static final String MASK = "***";
    private static final String HTML = "&(?:amp|lt|gt|quot|apos|#[0-9]+|#[xX][0-9a-fA-F]+);";

    /** So many of the latest values: tokens are new with each run, and a process lives for long. */
    private static final int MOST = 1_000;
    /** What is shorter is part of many words, and no secret worth the name, where it isn't known whose text it is. */
    private static final int SHORTEST_OF_PROCESS = 6;
    /** Base64 of less than this could be part of any text. */
    private static final int SHORTEST_INSIDE_BASE64 = 10;

    private static final Masks OF_PROCESS = new Masks(SHORTEST_OF_PROCESS);

    private final int shortest;
    private final Map<String, List<Pattern>> secrets = new LinkedHashMap<>();
    /** All of them, the longest secret first: one may be part of another. Replaced, never changed. */
    private volatile List<Pattern> patterns = List.of();

    public Masks() {
        this(1);
    }

    private Masks(int shortest) {
        this.shortest = shortest;
    }

    /** The secrets that anything in this process has used of late: what no log may show, whoever writes it. */
    public static Masks ofProcess() {
        return OF_PROCESS;
    }

    /** From now on {@code secret} is masked, in all the forms in which it may come back. */
    public synchronized void remember(String secret) {
        if (secret.isBlank() || secret.length() < shortest || secrets.containsKey(secret)) {
            return;
        }
        if (secrets.size() == MOST) {
            secrets.remove(secrets.keySet().iterator().next());
        }
        secrets.put(secret, forms(secret));
        patterns = secrets.entrySet().stream()
                .sorted(Comparator.comparingInt(entry -> -entry.getKey().length()))
                .flatMap(entry -> entry.getValue().stream())
                .toList();
    }

    /** The text with {@code ***} for each secret in it. */
    public String mask(String text) {
        String masked = text;
        for (Pattern secret : patterns) {
            masked = secret.matcher(masked).replaceAll(MASK);
        }
        return masked;
    }

    private static List<Pattern> forms(String secret) {
        byte[] bytes = secret.getBytes(StandardCharsets.UTF_8);
        List<Pattern> forms = new ArrayList<>();
        forms.add(escaped(secret));
        forms.add(base64(Base64.getEncoder().encodeToString(bytes)));
        for (int before = 0; before < 3; before++) {
            String inside = insideBase64(bytes, before);
            if (inside.length() >= SHORTEST_INSIDE_BASE64) {
                forms.add(base64(inside));
            }
        }
        return forms;
    }

    /** The characters that stand for the secret and nothing else when so many bytes, modulo 3, are before it. */
    private static String insideBase64(byte[] secret, int before) {
        byte[] bytes = new byte[before + secret.length];
        System.arraycopy(secret, 0, bytes, before, secret.length);
        String encoded = Base64.getEncoder().withoutPadding().encodeToString(bytes);
        int from = (before * 8 + 5) / 6;
        return encoded.substring(Math.min(from, encoded.length()), Math.max(from, bytes.length * 8 / 6));
    }

    /** Of either alphabet, with what isn't a letter or digit escaped or not. */
    private static Pattern base64(String encoded) {
        StringBuilder pattern = new StringBuilder();
        encoded.chars()
                .forEach(character -> pattern.append(
                        switch (character) {
                            case '+' -> "(?:[+-]|(?i:%2b))";
                            case '/' -> "(?:\\\\?/|_|(?i:%2f))";
                            case '=' -> "(?:=|(?i:%3d))?";
                            default -> Character.toString(character);
                        }));
        return Pattern.compile(pattern.toString());
    }

    /** Letters and digits stay what they are in URLs, JSON and HTML; anything else may be written in several ways. */
    private static Pattern escaped(String secret) {
        StringBuilder pattern = new StringBuilder();
        secret.codePoints().forEach(character -> {
            if (character < 128 && Character.isLetterOrDigit(character)) {
                pattern.appendCodePoint(character);
            } else {
                pattern.append(escaped(character));
            }
        });
        return Pattern.compile(pattern.toString());
    }

    private static String escaped(int character) {
        String text = Character.toString(character);
        StringBuilder url = new StringBuilder();
        for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
            url.append(String.format(Locale.ROOT, "%%%02x", b & 0xff));
        }
        StringBuilder json = new StringBuilder();
        text.chars().forEach(unit -> json.append(String.format(Locale.ROOT, "\\\\u%04x", unit)));
        String escaped = switch (character) {
            case ' ' -> "|\\+";
            case '\n' -> "|\\\\n";
            case '\r' -> "|\\\\r";
            case '\t' -> "|\\\\t";
            default -> "";
        };
        return "(?:\\\\?" + Pattern.quote(text) + "|(?i:" + url + ")|(?i:" + json + ")|" + HTML + escaped + ")";
    }
}

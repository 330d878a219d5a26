package dev.millrace.mask;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * Secrets, and texts without them. A secret is recognised as it is, escaped for URLs, JSON or HTML, also more than
 * once, and inside of Base64. Safe for use by several threads.
 */
public final class Masks {
    private static final String MASK = "***";
    /** Stands where our messages leave out the rest of a text. */
    private static final String CUT = "…";
    /** Less than this tells nothing of a secret. */
    private static final int SHORTEST_BEGINNING = 6;
    /** As it is, or in a URL. */
    private static final String BACKSLASH = "(?:\\\\|%(?:25)*5[cC])";

    private static final String HTML = "&(?:amp;)*(?:amp|lt|gt|quot|apos|#[0-9]+|#[xX][0-9a-fA-F]+);";

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

    private volatile List<String> longestFirst = List.of();

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
        longestFirst = secrets.keySet().stream()
                .sorted(Comparator.comparingInt(text -> -text.length()))
                .toList();
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
        return masked.indexOf(CUT) < 0 ? masked : withoutBeginnings(masked);
    }

    /** A text that was cut before it came here may end with the beginning of a secret. */
    private String withoutBeginnings(String text) {
        StringBuilder masked = new StringBuilder(text);
        for (String secret : longestFirst) {
            for (int cut = masked.indexOf(CUT); cut >= 0; cut = masked.indexOf(CUT, cut + 1)) {
                for (int length = Math.min(secret.length() - 1, cut); length >= SHORTEST_BEGINNING; length--) {
                    if (secret.startsWith(masked.substring(cut - length, cut))) {
                        masked.replace(cut - length, cut, MASK);
                        cut = masked.indexOf(CUT, cut - length);
                        break;
                    }
                }
            }
        }
        return masked.toString();
    }

    private static List<Pattern> forms(String secret) {
        List<Pattern> forms = new ArrayList<>();
        forms.add(escaped(secret));
        String form = URLEncoder.encode(secret, StandardCharsets.UTF_8);
        String json = secret.replace("\\", "\\\\").replace("\"", "\\\"");
        for (String written : new LinkedHashSet<>(List.of(secret, form, form.replace("+", "%20"), json))) {
            byte[] bytes = written.getBytes(StandardCharsets.UTF_8);
            forms.add(base64(Base64.getEncoder().encodeToString(bytes)));
            for (int before = 0; before < 3; before++) {
                String inside = insideBase64(bytes, before);
                if (inside.length() >= SHORTEST_INSIDE_BASE64) {
                    forms.add(base64(inside));
                }
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
            url.append(String.format(Locale.ROOT, "%%(?:25)*%02x", b & 0xff));
        }
        StringBuilder json = new StringBuilder();
        text.chars().forEach(unit -> json.append(BACKSLASH).append(String.format(Locale.ROOT, "+u%04x", unit)));
        String escaped = switch (character) {
            case ' ' -> "|\\+|(?i:%(?:25)*2b)";
            case '\n' -> "|" + BACKSLASH + "+n";
            case '\r' -> "|" + BACKSLASH + "+r";
            case '\t' -> "|" + BACKSLASH + "+t";
            default -> "";
        };
        return "(?:" + BACKSLASH + "*(?:" + Pattern.quote(text) + "|(?i:" + url + "))|(?i:" + json + ")|" + HTML
                + escaped + ")";
    }
}

package dev.millrace.extractor.format;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/** Texts of cells as a pipeline file names them: {@code *} stands for anything, and capital letters are as small ones. */
final class TextPattern {
    private final String text;
    private final Pattern pattern;

    TextPattern(String text) {
        this.text = text;
        List<String> pieces = new ArrayList<>();
        for (String piece : text.strip().split("\\*", -1)) {
            pieces.add(Pattern.quote(piece));
        }
        this.pattern = Pattern.compile(
                String.join(".*", pieces), Pattern.DOTALL | Pattern.CASE_INSENSITIVE | Pattern.UNICODE_CASE);
    }

    static List<TextPattern> all(List<String> texts) {
        return texts.stream().map(TextPattern::new).toList();
    }

    boolean matches(String of) {
        return pattern.matcher(of).matches();
    }

    /** Whether a text that begins so may match, at little cost. */
    boolean mayBegin(char first) {
        char own = text.strip().charAt(0);
        return own == '*' || Character.toUpperCase(own) == Character.toUpperCase(first);
    }

    @Override
    public String toString() {
        return text;
    }
}

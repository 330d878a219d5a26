package dev.millrace.emulator.bigquery.googlesql;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Splits GoogleSQL into tokens.
 *
 * @see <a href="https://cloud.google.com/bigquery/docs/reference/standard-sql/lexical">Lexical structure and syntax</a>
 */
final class Lexer {
    private static final Pattern SPACE = Pattern.compile("(?:\\s+|--[^\\n]*|#[^\\n]*|/\\*(?s:.*?)\\*/)+");
    private static final Pattern WORD = Pattern.compile("[A-Za-z_][A-Za-z0-9_]*");
    private static final Pattern NUMBER =
            Pattern.compile("0[xX][0-9a-fA-F]+|(?:[0-9]+(?:\\.[0-9]*)?|\\.[0-9]+)(?:[eE][+-]?[0-9]+)?");
    private static final Pattern VARIABLE = Pattern.compile("@@?[A-Za-z_][A-Za-z0-9_.]*");
    private static final Pattern PREFIX = Pattern.compile("(?i)(?:rb|br|r|b)?(?=['\"])");
    private static final Pattern SYMBOL = Pattern.compile("=>|<>|!=|<=|>=|\\|\\||<<|>>|[-+*/%&|^~<>=(),;.\\[\\]{}?:]");

    private final String text;
    private final List<Token> tokens = new ArrayList<>();
    private int at;

    private Lexer(String text) {
        this.text = text;
    }

    static List<Token> tokens(String text) {
        return new Lexer(text).read();
    }

    private List<Token> read() {
        while (true) {
            match(SPACE);
            int start = at;
            if (at == text.length()) {
                tokens.add(new Token(Token.Kind.END, "end of input", at, at));
                return tokens;
            }
            Matcher prefix = PREFIX.matcher(text).region(at, text.length()).useTransparentBounds(true);
            if (prefix.lookingAt()) {
                at = prefix.end();
                literal(prefix.group().toLowerCase(Locale.ROOT), start);
            } else if (text.charAt(at) == '`') {
                add(Token.Kind.QUOTED, quoted("`", false), start);
            } else if (!add(Token.Kind.WORD, WORD)
                    && !add(Token.Kind.NUMBER, NUMBER)
                    && !variable()
                    && !add(Token.Kind.SYMBOL, SYMBOL)) {
                throw QueryErrors.invalidQuery("Syntax error: Illegal input character \""
                        + Character.toString(text.codePointAt(at)) + "\" at offset " + at);
            }
        }
    }

    private void literal(String prefix, int start) {
        String quote = text.substring(at, at + 1);
        String delimiter = text.startsWith(quote.repeat(3), at) ? quote.repeat(3) : quote;
        String value = quoted(delimiter, prefix.contains("r"));
        add(prefix.contains("b") ? Token.Kind.BYTES : Token.Kind.STRING, value, start);
    }

    private boolean variable() {
        String name = match(VARIABLE);
        if (name == null) {
            return false;
        }
        Token.Kind kind = name.startsWith("@@") ? Token.Kind.SYSTEM_VARIABLE : Token.Kind.PARAMETER;
        add(kind, name.replace("@", ""), at - name.length());
        return true;
    }

    private String quoted(String delimiter, boolean raw) {
        StringBuilder value = new StringBuilder();
        int start = at;
        at += delimiter.length();
        while (at < text.length()) {
            if (text.startsWith(delimiter, at)) {
                at += delimiter.length();
                return value.toString();
            }
            char c = text.charAt(at++);
            if (c == '\n' && delimiter.length() == 1) {
                break;
            }
            if (c != '\\') {
                value.append(c);
            } else if (at < text.length()) {
                if (raw) {
                    value.append(c).append(text.charAt(at++));
                } else {
                    escape(value);
                }
            }
        }
        throw QueryErrors.invalidQuery("Syntax error: Unclosed string or identifier literal at offset " + start);
    }

    private void escape(StringBuilder value) {
        char c = text.charAt(at++);
        switch (c) {
            case 'n' -> value.append('\n');
            case 'r' -> value.append('\r');
            case 't' -> value.append('\t');
            case 'b' -> value.append('\b');
            case 'f' -> value.append('\f');
            case 'a' -> value.append('\u0007');
            case 'v' -> value.append('\u000b');
            case '\\', '?', '"', '\'', '`' -> value.append(c);
            case 'x', 'X' -> value.appendCodePoint(code(2));
            case 'u' -> value.appendCodePoint(code(4));
            case 'U' -> value.appendCodePoint(code(8));
            default -> throw QueryErrors.invalidQuery("Syntax error: Illegal escape sequence: \\" + c);
        }
    }

    private int code(int digits) {
        try {
            at += digits;
            return Integer.parseInt(text.substring(at - digits, at), 16);
        } catch (NumberFormatException | IndexOutOfBoundsException e) {
            throw QueryErrors.invalidQuery("Syntax error: Illegal escape sequence at offset " + (at - digits));
        }
    }

    private boolean add(Token.Kind kind, Pattern pattern) {
        int start = at;
        String found = match(pattern);
        if (found == null) {
            return false;
        }
        add(kind, found, start);
        return true;
    }

    private void add(Token.Kind kind, String value, int start) {
        tokens.add(new Token(kind, value, start, at));
    }

    private @Nullable String match(Pattern pattern) {
        Matcher matcher = pattern.matcher(text).region(at, text.length());
        if (!matcher.lookingAt() || matcher.end() == at) {
            return null;
        }
        at = matcher.end();
        return matcher.group();
    }

    /** The value of a bytes literal, whose escapes stand for single bytes. */
    static byte[] bytes(String value) {
        return value.getBytes(StandardCharsets.ISO_8859_1);
    }
}

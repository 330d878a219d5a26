package dev.millrace.emulator.bigquery.googlesql;

import dev.millrace.emulator.http.ApiException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Reads tokens one by one. */
final class Tokens {
    /**
     * Words that name nothing unless they are quoted.
     *
     * @see <a href="https://cloud.google.com/bigquery/docs/reference/standard-sql/lexical#reserved_keywords">Reserved
     *     keywords</a>
     */
    private static final Set<String> RESERVED = Set.of(
            ("ALL AND ANY ARRAY AS ASC ASSERT_ROWS_MODIFIED AT BETWEEN BY CASE CAST COLLATE CONTAINS CREATE CROSS CUBE"
                            + " CURRENT DEFAULT DEFINE DESC DISTINCT ELSE END ENUM ESCAPE EXCEPT EXCLUDE EXISTS EXTRACT"
                            + " FALSE FETCH FOLLOWING FOR FROM FULL GROUP GROUPING GROUPS HASH HAVING IF IGNORE IN INNER"
                            + " INTERSECT INTERVAL INTO IS JOIN LATERAL LEFT LIKE LIMIT LOOKUP MERGE NATURAL NEW NO NOT"
                            + " NULL NULLS OF ON OR ORDER OUTER OVER PARTITION PRECEDING PROTO QUALIFY RANGE RECURSIVE"
                            + " RESPECT RIGHT ROLLUP ROWS SELECT SET SOME STRUCT TABLESAMPLE THEN TO TREAT TRUE UNBOUNDED"
                            + " UNION UNNEST USING WHEN WHERE WINDOW WITH WITHIN")
                    .split(" "));

    private final List<Token> tokens;
    private int at;
    private boolean half;

    Tokens(List<Token> tokens) {
        this.tokens = tokens;
    }

    Token peek() {
        return tokens.get(at);
    }

    Token peek(int ahead) {
        return tokens.get(Math.min(at + ahead, tokens.size() - 1));
    }

    /** Where {@link #back} goes. */
    int place() {
        return at;
    }

    void back(int place) {
        at = place;
        half = false;
    }

    Token next() {
        Token token = tokens.get(at);
        if (at < tokens.size() - 1) {
            at++;
        }
        return token;
    }

    boolean is(String... words) {
        for (int i = 0; i < words.length; i++) {
            if (!peek(i).is(words[i])) {
                return false;
            }
        }
        return true;
    }

    /** Takes all of the given words, or none. */
    boolean take(String... words) {
        if (!is(words)) {
            return false;
        }
        at += words.length;
        return true;
    }

    /** Takes the symbol when it is asked for the second time: each time stands for half of it. */
    boolean takeHalf(String symbol) {
        if (!is(symbol)) {
            return false;
        }
        half = !half;
        if (!half) {
            next();
        }
        return true;
    }

    void expect(String... words) {
        for (String word : words) {
            if (!take(word)) {
                throw unexpected(word);
            }
        }
    }

    boolean atName() {
        Token token = peek();
        return token.kind() == Token.Kind.QUOTED
                || (token.kind() == Token.Kind.WORD && !RESERVED.contains(token.upper()));
    }

    String name() {
        if (!atName()) {
            throw unexpected("an identifier");
        }
        return next().text();
    }

    /** A name with dots; a quoted part may hold several. Keywords are allowed behind a dot. */
    List<String> path() {
        List<String> path = new ArrayList<>(parts());
        while (is(".") && (peek(1).kind() == Token.Kind.WORD || peek(1).kind() == Token.Kind.QUOTED)) {
            next();
            path.addAll(parts());
        }
        return path;
    }

    private List<String> parts() {
        Token token = next();
        if (token.kind() == Token.Kind.QUOTED) {
            return List.of(token.text().split("\\."));
        }
        if (token.kind() != Token.Kind.WORD) {
            throw unexpected("a name", token);
        }
        StringBuilder part = new StringBuilder(token.text());
        // names of projects may have dashes in table paths
        while (is("-") && peek().offset() == tokens.get(at - 1).end() && peek(1).offset() == peek().end()) {
            next();
            part.append('-').append(next().text());
        }
        return List.of(part.toString());
    }

    String string() {
        if (peek().kind() != Token.Kind.STRING) {
            throw unexpected("a string literal");
        }
        return next().text();
    }

    ApiException unexpected(String expected) {
        return unexpected(expected, peek());
    }

    private static ApiException unexpected(String expected, Token token) {
        return QueryErrors.invalidQuery("Syntax error: Expected " + expected + " but got "
                + (token.kind() == Token.Kind.END ? token.text() : "\"" + token.text() + "\"") + " at offset "
                + token.offset());
    }

    /** For a form that BigQuery knows and this emulator doesn't. */
    ApiException unsupported(String what) {
        return QueryErrors.invalidQuery("The emulator does not know " + what + " (at offset " + peek().offset() + ")");
    }
}

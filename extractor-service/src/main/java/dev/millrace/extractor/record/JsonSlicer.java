package dev.millrace.extractor.record;

import dev.millrace.pipeline.FileSelection;
import dev.millrace.pipeline.JsonPath;
import dev.millrace.staging.Reject;
import io.micronaut.core.annotation.Nullable;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Cuts the records out of a JSON document byte for byte, without ever holding more than one of them. A JSON parser
 * would decode what has to stay as it was sent, so this only finds where values begin and end: brackets, texts and
 * commas are checked, what stands between them inside of a record is the transformer's to judge. Line breaks
 * between tokens become spaces, so that a record is one line and no two tokens grow together.
 */
public final class JsonSlicer {
    private static final int MAX_NAMES = 20;
    private static final int MAX_NAME = 60;
    private static final Pattern LITERAL =
            Pattern.compile("null|true|false|-?(0|[1-9][0-9]*)(\\.[0-9]+)?([eE][+-]?[0-9]+)?");

    /** What matters outside of texts. What else is inside of a record is not ours to judge. */
    private static final boolean[] STRUCTURE = bytes("\"{[}]\n\r");

    /** Leads to no field of any object. */
    private static final Sought NOWHERE = new Sought(JsonPath.of("[0]"), 0);

    private static final boolean[] TEXT = bytes("\"\\\n\r");

    private final InputStream in;
    private final @Nullable JsonPath recordsPath;
    private final boolean single;
    private final FileSelection.Missing missing;
    private final List<Sought> sought;
    private final RecordSink sink;

    private final byte[] buffer = new byte[64 * 1024];
    private int position;
    private int end;
    private long line = 1;
    private long passed; // bytes before the buffer
    private long lineStart; // offset of the line's first byte

    private int captureStart = -1; // in the buffer; negative: nothing is captured
    private final ByteArrayOutputStream captured = new ByteArrayOutputStream();
    private long capturedBytes; // those in captured, and those beyond the limit that were let go
    private boolean brokenText;
    private boolean[] objects = new boolean[64]; // of the brackets that are open: whether it is an object's

    private boolean recordsFound;
    private boolean recordsNull;
    private final Set<JsonPath> reached = new HashSet<>();
    private final Map<JsonPath, String> found = new HashMap<>();
    private String lastObject = "";
    private List<String> lastNames = List.of();

    /** Of paths that lead through a value that has nothing in it. */
    private final Map<JsonPath, MalformedSource> impossible = new LinkedHashMap<>();

    /**
     * @param recordsPath path to the array of records; null: the document is the array
     * @param single whether one record, an object, stands there in the place of the array
     * @param missing whether the document may have no array there, or null
     * @param valuePaths paths to single values beside the records
     */
    public JsonSlicer(
            InputStream in,
            @Nullable JsonPath recordsPath,
            boolean single,
            FileSelection.Missing missing,
            Collection<JsonPath> valuePaths,
            RecordSink sink) {
        this.in = in;
        this.missing = missing;
        this.single = single;
        this.recordsPath = recordsPath;
        this.sought = valuePaths.stream().map(path -> new Sought(path, 0)).toList();
        this.sink = sink;
    }

    /** @param passed steps of the path, up to where the reader is */
    private record Sought(JsonPath path, int passed) {
        boolean isReached() {
            return passed == path.steps().size();
        }

        boolean leadsInto(int first) {
            return switch (path.steps().get(passed)) {
                case JsonPath.Step.Name _ -> first == '{';
                case JsonPath.Step.Element _ -> first == '[';
            };
        }

        /** Null when the path doesn't lead to the field. */
        @Nullable
        Sought below(String name) {
            int steps = path.stepsOf(name, passed);
            return steps == 0 ? null : new Sought(path, passed + steps);
        }

        /** Null when the path doesn't lead to the element. */
        @Nullable
        Sought below(int position) {
            return path.steps().get(passed).equals(new JsonPath.Step.Element(position))
                    ? new Sought(path, passed + 1)
                    : null;
        }
    }

    /**
     * The single value at a path of a document, text without its quotes; null when there is none, or a JSON null.
     *
     * @throws MalformedSource when the document is no JSON, has something else at the path, or the path leads through a
     *     value that has nothing in it
     */
    public static @Nullable String valueAt(byte[] document, JsonPath path) throws IOException, MalformedSource {
        RecordSink nothing = new RecordSink() {
            @Override
            public void record(byte[] bytes, int offset, int length) {
                // none is looked for
            }

            @Override
            public void reject(String reason, String start) {
                // likewise
            }
        };
        JsonSlicer slicer = new JsonSlicer(
                new ByteArrayInputStream(document), null, false, FileSelection.Missing.FAIL, List.of(path), nothing);
        slicer.value(null, slicer.sought, "");
        slicer.checkWays();
        return slicer.found.get(path);
    }

    /**
     * Reads the document to its end.
     *
     * @return the single values by their paths, text without its quotes; without those that are missing or null
     * @throws MalformedSource when the document is no JSON, is cut off, or has no array at the path; or when a path leads
     *     through a value that has nothing in it
     */
    public Map<JsonPath, String> slice() throws IOException, MalformedSource {
        skipByteOrderMark();
        Sought records = recordsPath == null ? null : new Sought(recordsPath, 0);
        if (records == null) {
            int first = peek();
            sought.forEach(value -> keepOut(value, first, ""));
            records(first, "");
        } else {
            value(records, sought, "");
        }
        if (peek() >= 0) {
            throw unexpected("the end of the document");
        }
        checkWays();
        if (!recordsFound && missing == FileSelection.Missing.FAIL) {
            throw new MalformedSource(recordsNull ? "null where " + wanted() + " should be, at " + place() : lacking());
        }
        return found;
    }

    private String lacking() {
        return "no " + place() + ": " + shown(lastObject) + " has "
                + (lastNames.isEmpty() ? "no names" : "the names " + String.join(", ", lastNames));
    }

    private String place() {
        return recordsPath == null ? "the start of the document" : "'" + recordsPath + "'";
    }

    private String wanted() {
        return single ? "a record" : "an array of records";
    }

    private void skipByteOrderMark() throws IOException {
        while (end < 3 && fillMore()) {
            // a mark may come in pieces
        }
        if (end >= 3 && buffer[0] == (byte) 0xEF && buffer[1] == (byte) 0xBB && buffer[2] == (byte) 0xBF) {
            position = 3;
        }
    }

    private boolean fillMore() throws IOException {
        int count = in.read(buffer, end, buffer.length - end);
        end += Math.max(0, count);
        return count >= 0;
    }

    /**
     * @param records null when the path to them doesn't lead here
     * @param at path of the value, for messages
     */
    private void value(@Nullable Sought records, List<Sought> values, String at) throws IOException, MalformedSource {
        int first = peek();
        if (records != null && records.isReached()) {
            once(records.path(), at);
            values.forEach(value -> keepOut(value, first, at));
            records(first, at);
            return;
        }
        List<Sought> here = values.stream().filter(Sought::isReached).toList();
        if (!here.isEmpty()) {
            single(here, first, at);
            return;
        }
        Sought recordsBelow = records != null && leadsOn(records, first, at) ? records : null;
        List<Sought> below =
                values.stream().filter(value -> leadsOn(value, first, at)).toList();
        if (records != null) {
            lastObject = at;
            lastNames = new ArrayList<>();
        }
        if (recordsBelow == null && below.isEmpty()) {
            skip();
        } else if (first == '{') {
            object(recordsBelow, below, at);
        } else {
            array(recordsBelow, below, at);
        }
    }

    private void single(List<Sought> here, int first, String at) throws IOException, MalformedSource {
        if (first == '{' || first == '[') {
            throw new MalformedSource("'" + at + "' is " + kind(first)
                    + " where a number, text, true, false or null should be" + where());
        }
        for (Sought value : here) {
            once(value.path(), at);
        }
        String token = scalar();
        if (token != null) {
            here.forEach(value -> found.put(value.path(), token));
        }
    }

    /** A path may lead to one field by its steps, and to another by a name with the points in it. */
    private void once(JsonPath path, String at) throws MalformedSource {
        if (!reached.add(path)) {
            throw new MalformedSource("'" + at + "' is there twice, nested and as a field whose name has the points in it"
                    + where() + "; names in quotes say which of them is meant");
        }
    }

    /** Whether something at the path can be in the value; notes it when it can't ever be. */
    private boolean leadsOn(Sought path, int first, String at) {
        if (path.leadsInto(first)) {
            return true;
        }
        if (first != 'n') {
            note(path, "leads through " + shown(at) + ", which is " + kind(first));
        }
        return false;
    }

    /** The records are never searched for single values. */
    private void keepOut(Sought path, int first, String at) {
        if (path.isReached() || leadsOn(path, first, at)) {
            note(path, "leads into the records at " + shown(at));
        }
    }

    private void note(Sought path, String problem) {
        impossible.putIfAbsent(
                path.path(), new MalformedSource("the path '" + path.path() + "' " + problem + where()));
    }

    private static String shown(String at) {
        return at.isEmpty() ? "the document" : "'" + at + "'";
    }

    private void checkWays() throws MalformedSource {
        for (Map.Entry<JsonPath, MalformedSource> way : impossible.entrySet()) {
            if (!reached.contains(way.getKey())) {
                throw way.getValue();
            }
        }
    }

    private static String kind(int first) {
        return switch (first) {
            case '{' -> "an object";
            case '[' -> "an array";
            case '"' -> "a text";
            case 't', 'f' -> "true or false";
            default -> "a number";
        };
    }

    private void object(@Nullable Sought records, List<Sought> values, String at) throws IOException, MalformedSource {
        Set<String> followed = new HashSet<>();
        List<String> names = records == null ? new ArrayList<>() : lastNames;
        position++;
        if (peek() == '}') {
            position++;
            return;
        }
        while (true) {
            if (peek() != '"') {
                throw unexpected("a name in quotes");
            }
            String name = JsonText.decode(textToken());
            if (names.size() < MAX_NAMES) {
                names.add(name.length() > MAX_NAME ? name.substring(0, MAX_NAME) + "…" : name);
            }
            if (peek() != ':') {
                throw unexpected("a colon");
            }
            position++;
            Sought recordsBelow = records == null ? null : records.below(name);
            List<Sought> valuesBelow = values.stream()
                    .flatMap(value -> Stream.ofNullable(value.below(name)))
                    .toList();
            if (recordsBelow == null && valuesBelow.isEmpty()) {
                peek();
                skip();
            } else {
                String path = at.isEmpty() ? name : at + "." + name;
                if (!followed.add(name)) {
                    throw new MalformedSource("'" + path + "' is there twice" + where());
                }
                value(recordsBelow, valuesBelow, path);
            }
            int next = peek();
            if (next != ',' && next != '}') {
                throw unexpected("a comma or the end of the object");
            }
            position++;
            if (next == '}') {
                return;
            }
        }
    }

    private void array(@Nullable Sought records, List<Sought> values, String at) throws IOException, MalformedSource {
        position++;
        if (peek() == ']') {
            position++;
            return;
        }
        for (int i = 0; true; i++) {
            int element = i;
            int start = peek();
            if (start == ',' || start == ']') {
                throw unexpected("a value");
            }
            Sought recordsBelow = records == null ? null : records.below(element);
            List<Sought> valuesBelow = values.stream()
                    .flatMap(value -> Stream.ofNullable(value.below(element)))
                    .toList();
            if (recordsBelow == null && valuesBelow.isEmpty()) {
                skip();
            } else {
                value(recordsBelow, valuesBelow, at + "[" + element + "]");
            }
            int next = peek();
            if (next != ',' && next != ']') {
                throw unexpected("a comma or the end of the array");
            }
            position++;
            if (next == ']') {
                return;
            }
        }
    }

    private void records(int first, String at) throws IOException, MalformedSource {
        if (first == 'n') {
            String token = scalar();
            if (token != null) {
                throw new MalformedSource("'" + token + "' where " + wanted() + " should be" + where());
            }
            recordsNull = true;
            return;
        }
        recordsFound = true;
        String what = at.isEmpty() ? "the document" : "'" + at + "'";
        if (single) {
            if (first != '{') {
                throw new MalformedSource(what + " is no object, as a single record is" + where());
            }
            record();
            return;
        }
        if (first != '[') {
            if (first == '{') {
                lastNames = new ArrayList<>();
                object(NOWHERE, List.of(), at); // only collects the names
                throw new MalformedSource(what + " is an object "
                        + (lastNames.isEmpty() ? "without names" : "with the names " + String.join(", ", lastNames))
                        + " where an array of records should be; 'records' names the path to it, or it is itself the record,"
                        + " with 'single: true'");
            }
            if (at.isEmpty()) {
                throw unexpected("a JSON array of records");
            }
            throw new MalformedSource(what + " is no array of records" + where());
        }
        position++;
        if (peek() == ']') {
            position++;
            return;
        }
        while (true) {
            int start = peek();
            if (start == ',' || start == ']') {
                throw unexpected("a record");
            }
            record();
            int next = peek();
            if (next != ',' && next != ']') {
                throw unexpected("a comma or the end of the array");
            }
            position++;
            if (next == ']') {
                return;
            }
        }
    }

    private void record() throws IOException, MalformedSource {
        begin();
        skip();
        int inBuffer = position - captureStart;
        if (capturedBytes == 0 && !brokenText) {
            sink.record(buffer, captureStart, inBuffer);
        } else {
            keep(captureStart, inBuffer);
            byte[] bytes = captured.toByteArray();
            if (capturedBytes > Reject.RECORD_LIMIT) {
                sink.reject(
                        "a record of " + capturedBytes + " bytes, which is more than the " + Reject.RECORD_LIMIT
                                + " that are read",
                        start(bytes));
            } else if (brokenText) {
                sink.reject("a line break inside of a text, which JSON does not allow", start(bytes));
            } else {
                sink.record(bytes, 0, bytes.length);
            }
        }
        captureStart = -1;
    }

    static String start(byte[] bytes) {
        // four bytes for each character at most
        return new String(bytes, 0, Math.min(bytes.length, 4 * Reject.MAX_RECORD), StandardCharsets.UTF_8);
    }

    private void begin() {
        captureStart = position;
        captured.reset();
        capturedBytes = 0;
        brokenText = false;
    }

    /** Holds what leaves the buffer; of a record beyond the limit only the start. */
    private void keep(int from, int count) {
        capturedBytes += count;
        if (capturedBytes <= Reject.RECORD_LIMIT) {
            captured.write(buffer, from, count);
        }
    }

    /** The single value at the position, of a text what is between the quotes; null for JSON's null. */
    private @Nullable String scalar() throws IOException, MalformedSource {
        int first = peek();
        if (first == '"') {
            return JsonText.decode(textToken());
        }
        if (first == '{' || first == '[') {
            throw unexpected("a number, text, true, false or null");
        }
        begin();
        skip();
        String token = token();
        if (!LITERAL.matcher(token).matches()) {
            throw new MalformedSource("'" + start(token.getBytes(StandardCharsets.UTF_8)) + "'" + where()
                    + " (expected: a number, text, true, false or null)");
        }
        return token.equals("null") ? null : token;
    }

    private String textToken() throws IOException, MalformedSource {
        begin();
        position++;
        text();
        return token();
    }

    private String token() throws MalformedSource {
        keep(captureStart, position - captureStart);
        captureStart = -1;
        if (capturedBytes > Reject.RECORD_LIMIT) {
            throw new MalformedSource("a name or value of " + capturedBytes + " bytes" + where());
        }
        return captured.toString(StandardCharsets.UTF_8);
    }

    /** Passes the value at the position. */
    private void skip() throws IOException, MalformedSource {
        int first = peek();
        switch (first) {
            case '"' -> {
                position++;
                text();
            }
            case '{', '[' -> container();
            default -> literal();
        }
    }

    private void literal() throws IOException, MalformedSource {
        int length = 0;
        while ((position < end || fill()) && isLiteral(buffer[position])) {
            position++;
            length++;
        }
        if (length == 0) {
            throw unexpected("a JSON value");
        }
    }

    private static boolean isLiteral(byte b) {
        return (b >= '0' && b <= '9')
                || (b >= 'a' && b <= 'z')
                || (b >= 'A' && b <= 'Z')
                || b == '-'
                || b == '+'
                || b == '.';
    }

    private void container() throws IOException, MalformedSource {
        int depth = 0;
        while (true) {
            byte b = next(STRUCTURE);
            switch (b) {
                case '"' -> text();
                case '{', '[' -> push(depth++, b == '{');
                case '}', ']' -> {
                    depth--;
                    if (objects[depth] != (b == '}')) {
                        position--;
                        throw unexpected(b == '}' ? "the end of an array" : "the end of an object");
                    }
                    if (depth == 0) {
                        return;
                    }
                }
                case '\n' -> {
                    newLine();
                    buffer[position - 1] = ' ';
                }
                default -> buffer[position - 1] = ' '; // a carriage return
            }
        }
    }

    private void push(int depth, boolean object) {
        if (depth == objects.length) {
            objects = Arrays.copyOf(objects, 2 * depth);
        }
        objects[depth] = object;
    }

    /** Passes the rest of a text, whose opening quote is behind. */
    private void text() throws IOException, MalformedSource {
        while (true) {
            byte b = next(TEXT);
            if (b == '"') {
                return;
            }
            if (b == '\\') {
                if (position == end && !fill()) {
                    throw cutOff();
                }
                b = buffer[position++];
            }
            if (b == '\n') {
                newLine();
                brokenText = true;
            } else if (b == '\r') {
                brokenText = true;
            }
        }
    }

    /** Passes all that doesn't matter, and the first byte that does. Most of the time of an extraction is spent here. */
    private byte next(boolean[] matters) throws IOException, MalformedSource {
        while (true) {
            byte[] bytes = buffer;
            int stop = end;
            int at = position;
            while (at < stop && !matters[bytes[at] & 0xff]) {
                at++;
            }
            if (at < stop) {
                position = at + 1;
                return bytes[at];
            }
            position = at;
            if (!fill()) {
                throw cutOff();
            }
        }
    }

    private static boolean[] bytes(String ofThese) {
        boolean[] bytes = new boolean[256];
        ofThese.chars().forEach(b -> bytes[b] = true);
        return bytes;
    }

    /** The next byte that is no white space, which stays where it is; -1 at the end. */
    private int peek() throws IOException {
        while (position < end || fill()) {
            byte b = buffer[position];
            switch (b) {
                case '\n' -> {
                    position++;
                    newLine();
                }
                case ' ', '\t', '\r' -> position++;
                default -> {
                    return b & 0xff;
                }
            }
        }
        return -1;
    }

    private void newLine() {
        line++;
        lineStart = passed + position;
    }

    private boolean fill() throws IOException {
        if (captureStart >= 0) {
            keep(captureStart, end - captureStart);
            captureStart = 0;
        }
        passed += end;
        position = 0;
        end = Math.max(0, in.read(buffer, 0, buffer.length));
        return end > 0;
    }

    private String where() {
        return " in line " + line + ", column " + (passed + position - lineStart + 1);
    }

    private MalformedSource cutOff() {
        return MalformedSource.cutOff("the JSON is cut off" + where());
    }

    private MalformedSource unexpected(String expected) throws IOException {
        int found = peek();
        if (found < 0) {
            return cutOff();
        }
        String shown = found >= ' ' && found < 0x7f ? "'" + (char) found + "'" : "byte " + found;
        return new MalformedSource(shown + where() + " (expected: " + expected + ")");
    }
}

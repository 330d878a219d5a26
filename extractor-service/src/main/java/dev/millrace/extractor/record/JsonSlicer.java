package dev.millrace.extractor.record;

import dev.millrace.pipeline.JsonPath;
import dev.millrace.pipeline.Missing;
import dev.millrace.staging.Reject;
import io.micronaut.core.annotation.Nullable;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A cutter of records out of a JSON document, byte for byte, which never holds more than one of them. A JSON parser
 * would decode what has to stay as it was sent, so this only finds where values begin and end: brackets, texts and
 * commas are checked, what stands between them inside of a record is the transformer's to judge. Line breaks between
 * tokens become spaces, so that a record is one line and no two tokens grow together.
 */
public final class JsonSlicer {
    private static final int MAX_NAMES = 20;
    private static final int MAX_NAME = 60;
    /** Leads to no field of any object. */
    private static final Sought NOWHERE = new Sought(JsonPath.of("[0]"), false, 0);

    private final JsonBytes json;
    private final @Nullable JsonPath recordsPath;
    private final boolean single;
    private final Missing missing;
    private final List<Sought> sought;
    private final Wanted wanted;
    private final RecordSink sink;
    private final @Nullable JsonRows rows;

    private boolean recordsFound;
    private boolean recordsNull;
    private final Set<Role> reached = new HashSet<>();
    private final Map<JsonPath, String> found = new HashMap<>();
    private final Map<JsonPath, String> whole = new HashMap<>();
    private List<Sought> inSingleRecord = List.of();
    private byte[] singleRecord = {'{', '}'};
    private String lastObject = "";
    private List<String> lastNames = List.of();

    /** Of paths that lead through a value that has nothing in it. */
    private final Map<Role, MalformedSource> impossible = new LinkedHashMap<>();

    /**
     * @param recordsPath path to the array of records; null: the document is the array
     * @param single whether one record, an object, stands there in the place of the array
     * @param missing whether the document may have no array there, or null
     * @param wanted what is looked for beside the records
     */
    public JsonSlicer(
            InputStream in,
            @Nullable JsonPath recordsPath,
            boolean single,
            Missing missing,
            Wanted wanted,
            RecordSink sink) {
        this(in, recordsPath, single, null, missing, wanted, sink);
    }

    /**
     * @param rows how values are records that are no objects; null: none is
     * @see #JsonSlicer(InputStream, JsonPath, boolean, Missing, Wanted, RecordSink)
     */
    public JsonSlicer(
            InputStream in,
            @Nullable JsonPath recordsPath,
            boolean single,
            @Nullable JsonRows rows,
            Missing missing,
            Wanted wanted,
            RecordSink sink) {
        this(new JsonBytes(in), recordsPath, single, rows, missing, wanted, sink);
    }

    private JsonSlicer(
            JsonBytes json,
            @Nullable JsonPath recordsPath,
            boolean single,
            @Nullable JsonRows rows,
            Missing missing,
            Wanted wanted,
            RecordSink sink) {
        this.json = json;
        this.missing = missing;
        this.single = single;
        this.rows = rows;
        this.recordsPath = recordsPath;
        this.wanted = wanted;
        this.sought = Stream.of(
                        wanted.values().stream().map(path -> new Sought(path, false, 0)),
                        wanted.whole().stream().map(path -> new Sought(path, true, 0)),
                        wanted.hints().stream()
                                .filter(path -> !wanted.whole().contains(path))
                                .map(path -> new Sought(path, true, 0)))
                .flatMap(paths -> paths)
                .toList();
        this.sink = sink;
    }

    /**
     * What is looked for in a document beside its records.
     *
     * @param values paths to single values
     * @param whole paths to values that may be anything
     * @param hints likewise, of a document that may be anything itself
     */
    public record Wanted(Collection<JsonPath> values, Collection<JsonPath> whole, Collection<JsonPath> hints) {
        public static Wanted values(Collection<JsonPath> values) {
            return new Wanted(values, List.of(), List.of());
        }
    }

    /** What a path is for: one may be for several. */
    private record Role(JsonPath path, Kind kind) {
        enum Kind {
            RECORDS,
            VALUE,
            WHOLE
        }
    }

    /**
     * @param whole whether the value may be anything
     * @param passed steps of the path, up to where the reader is
     */
    private record Sought(JsonPath path, boolean whole, int passed) {
        Role role() {
            return new Role(path, whole ? Role.Kind.WHOLE : Role.Kind.VALUE);
        }

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
            return steps == 0 ? null : new Sought(path, whole, passed + steps);
        }

        /** Null when the path doesn't lead to the element. */
        @Nullable
        Sought below(int position) {
            return path.steps().get(passed).equals(new JsonPath.Step.Element(position))
                    ? new Sought(path, whole, passed + 1)
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
        JsonSlicer slicer = of(document, Wanted.values(List.of(path)));
        slicer.value(null, slicer.sought, "");
        slicer.checkWays();
        return slicer.found.get(path);
    }

    /**
     * The values at paths of a document, whatever they are, as {@link #whole} has them.
     *
     * @throws MalformedSource when the document is no JSON
     */
    public static Map<JsonPath, String> wholeAt(byte[] document, Collection<JsonPath> paths)
            throws IOException, MalformedSource {
        JsonSlicer slicer = of(document, new Wanted(List.of(), paths, List.of()));
        slicer.value(null, slicer.sought, "");
        return slicer.whole;
    }

    private static JsonSlicer of(byte[] document, Wanted wanted) {
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
        return new JsonSlicer(
                new JsonBytes(new ByteArrayInputStream(document), document.length),
                null,
                false,
                null,
                Missing.FAIL,
                wanted,
                nothing);
    }

    /**
     * Reads the document to its end.
     *
     * @throws MalformedSource when the document is no JSON, is cut off, or has something else where an array of records or
     *     a single value should be
     */
    public void slice() throws IOException, MalformedSource {
        json.skipByteOrderMark();
        Sought records = recordsPath == null ? null : new Sought(recordsPath, false, 0);
        if (records == null) {
            int first = json.peek();
            beside(sought, first, "");
            records(first, "");
        } else {
            value(records, sought, "");
        }
        if (json.peek() >= 0) {
            throw json.unexpected("the end of the document");
        }
    }

    /**
     * What stands at the paths of {@link Wanted#whole} and {@link Wanted#hints}, as it was sent; of the array of records,
     * and of objects and arrays around it, only the first character.
     */
    public Map<JsonPath, String> whole() {
        return whole;
    }

    /** Those of the paths of {@link Wanted#values} where something stood, if only null. */
    public Set<JsonPath> present() {
        return reached.stream()
                .filter(role -> role.kind() == Role.Kind.VALUE)
                .map(Role::path)
                .collect(Collectors.toUnmodifiableSet());
    }

    /**
     * The single values by their paths, text without its quotes; without those that are missing or null.
     *
     * @throws MalformedSource when the document had no records, or a path leads through a value that has nothing in it
     */
    public Map<JsonPath, String> values() throws MalformedSource {
        checkWays();
        if (!recordsFound && missing == Missing.FAIL) {
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

    /**
     * @param records null when the path to them doesn't lead here
     * @param at path of the value, for messages
     */
    private void value(@Nullable Sought records, List<Sought> values, String at) throws IOException, MalformedSource {
        int first = json.peek();
        if (records != null && records.isReached()) {
            once(new Role(records.path(), Role.Kind.RECORDS), at);
            beside(values, first, at);
            records(first, at);
            return;
        }
        List<Sought> here = values.stream().filter(Sought::isReached).toList();
        if (records != null && first != 'n') {
            presence(here, first, at);
        } else if (here.stream().anyMatch(Sought::whole)) {
            if (records != null) {
                lastObject = at;
                lastNames = List.of();
            }
            wholes(values, at);
            return;
        } else if (!here.isEmpty()) {
            single(here, first, at);
            return;
        }
        Sought recordsBelow = records != null && leadsOn(records, Role.Kind.RECORDS, first, at) ? records : null;
        List<Sought> below = values.stream()
                .filter(value -> !value.isReached() && leadsOn(value, first, at))
                .toList();
        if (records != null) {
            lastObject = at;
            lastNames = new ArrayList<>();
        }
        if (recordsBelow == null && below.isEmpty()) {
            json.skip();
        } else if (first == '{') {
            object(recordsBelow, below, at);
        } else {
            array(recordsBelow, below, at);
        }
    }

    /** Holds the value as a whole, and looks for the others within it. */
    private void wholes(List<Sought> values, String at) throws IOException, MalformedSource {
        json.begin();
        json.skip();
        String text = json.token();
        for (Sought value : values) {
            if (value.isReached() && value.whole()) {
                once(value.role(), at);
                whole.put(value.path(), text);
            }
        }
        within(
                text.getBytes(StandardCharsets.UTF_8),
                values.stream()
                        .filter(value -> !(value.isReached() && value.whole()))
                        .toList(),
                at);
    }

    private void within(byte[] bytes, List<Sought> values, String at) throws IOException, MalformedSource {
        if (values.isEmpty()) {
            return;
        }
        JsonSlicer part = of(bytes, wanted);
        part.value(null, values, at);
        for (Role role : part.reached) {
            once(role, at);
        }
        found.putAll(part.found);
        whole.putAll(part.whole);
        part.impossible.forEach(impossible::putIfAbsent);
    }

    /** Of values around the records: only what they are is told. */
    private void presence(List<Sought> here, int first, String at) throws MalformedSource {
        for (Sought value : here) {
            once(value.role(), at);
            if (value.whole()) {
                whole.put(value.path(), String.valueOf((char) first));
            } else {
                throw new MalformedSource("the path '" + value.path()
                        + "' leads to the records, or to what is around them, at " + shown(at) + json.where());
            }
        }
    }

    /** Values whose paths lead to the records themselves: only a single record is searched for them. */
    private void beside(List<Sought> values, int first, String at) throws MalformedSource {
        presence(values.stream().filter(Sought::isReached).toList(), first, at);
        List<Sought> below = values.stream().filter(value -> !value.isReached()).toList();
        if (single && first == '{') {
            inSingleRecord = below;
            return;
        }
        for (Sought value : below) {
            if (leadsOn(value, first, at)) {
                note(value.role(), "leads into the records at " + shown(at));
            }
        }
    }

    private void single(List<Sought> here, int first, String at) throws IOException, MalformedSource {
        if (first == '{' || first == '[') {
            throw new MalformedSource("'" + at + "' is " + kind(first)
                    + " where a number, text, true, false or null should be" + json.where());
        }
        for (Sought value : here) {
            once(value.role(), at);
        }
        String token = json.scalar();
        if (token != null) {
            here.forEach(value -> found.put(value.path(), token));
        }
    }

    /** A path may lead to one field by its steps, and to another by a name with the points in it. */
    private void once(Role role, String at) throws MalformedSource {
        if (!reached.add(role)) {
            throw new MalformedSource(
                    "'" + at + "' is there twice, nested and as a field whose name has the points in it" + json.where()
                            + "; names in quotes say which of them is meant");
        }
    }

    /** Whether something at the path can be in the value; notes it when it can't ever be. */
    private boolean leadsOn(Sought path, int first, String at) {
        return leadsOn(path, path.role().kind(), first, at);
    }

    private boolean leadsOn(Sought path, Role.Kind kind, int first, String at) {
        if (path.leadsInto(first)) {
            return true;
        }
        if (first != 'n') {
            note(new Role(path.path(), kind), "leads through " + shown(at) + ", which is " + kind(first));
        }
        return false;
    }

    private void note(Role role, String problem) {
        impossible.putIfAbsent(role, new MalformedSource("the path '" + role.path() + "' " + problem + json.where()));
    }

    private static String shown(String at) {
        return at.isEmpty() ? "the document" : "'" + at + "'";
    }

    private void checkWays() throws MalformedSource {
        for (Map.Entry<Role, MalformedSource> way : impossible.entrySet()) {
            boolean hint = way.getKey().kind() == Role.Kind.WHOLE
                    && !wanted.whole().contains(way.getKey().path());
            if (!reached.contains(way.getKey()) && !hint) {
                throw way.getValue();
            }
        }
    }

    static String kind(int first) {
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
        json.advance();
        if (json.peek() == '}') {
            json.advance();
            return;
        }
        while (true) {
            if (json.peek() != '"') {
                throw json.unexpected("a name in quotes");
            }
            String name = JsonText.decode(json.textToken());
            if (names.size() < MAX_NAMES) {
                names.add(name.length() > MAX_NAME ? name.substring(0, MAX_NAME) + "…" : name);
            }
            if (json.peek() != ':') {
                throw json.unexpected("a colon");
            }
            json.advance();
            Sought recordsBelow = records == null ? null : records.below(name);
            List<Sought> valuesBelow = values.stream()
                    .flatMap(value -> Stream.ofNullable(value.below(name)))
                    .toList();
            if (recordsBelow == null && valuesBelow.isEmpty()) {
                json.peek();
                json.skip();
            } else {
                String path = at.isEmpty() ? name : at + "." + name;
                if (!followed.add(name)) {
                    throw new MalformedSource("'" + path + "' is there twice" + json.where());
                }
                value(recordsBelow, valuesBelow, path);
            }
            int next = json.peek();
            if (next != ',' && next != '}') {
                throw json.unexpected("a comma or the end of the object");
            }
            json.advance();
            if (next == '}') {
                return;
            }
        }
    }

    private void array(@Nullable Sought records, List<Sought> values, String at) throws IOException, MalformedSource {
        json.advance();
        if (json.peek() == ']') {
            json.advance();
            return;
        }
        for (int i = 0; true; i++) {
            int element = i;
            int start = json.peek();
            if (start == ',' || start == ']') {
                throw json.unexpected("a value");
            }
            Sought recordsBelow = records == null ? null : records.below(element);
            List<Sought> valuesBelow = values.stream()
                    .flatMap(value -> Stream.ofNullable(value.below(element)))
                    .toList();
            if (recordsBelow == null && valuesBelow.isEmpty()) {
                json.skip();
            } else {
                value(recordsBelow, valuesBelow, at + "[" + element + "]");
            }
            int next = json.peek();
            if (next != ',' && next != ']') {
                throw json.unexpected("a comma or the end of the array");
            }
            json.advance();
            if (next == ']') {
                return;
            }
        }
    }

    private void records(int first, String at) throws IOException, MalformedSource {
        if (first == 'n') {
            String token = json.scalar();
            if (token != null) {
                throw new MalformedSource("'" + token + "' where " + wanted() + " should be" + json.where());
            }
            recordsNull = true;
            return;
        }
        recordsFound = true;
        String what = at.isEmpty() ? "the document" : "'" + at + "'";
        if (single) {
            if (first != '{' && (rows == null || !rows.haveColumns())) {
                throw new MalformedSource(what + " is no object, as a single record is" + json.where());
            }
            record(null);
            within(singleRecord, inSingleRecord, at);
            return;
        }
        if (rows != null && rows.areKeyed()) {
            members(first, what);
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
                throw json.unexpected("a JSON array of records");
            }
            throw new MalformedSource(what + " is no array of records" + json.where());
        }
        json.advance();
        if (json.peek() == ']') {
            json.advance();
            return;
        }
        while (true) {
            int start = json.peek();
            if (start == ',' || start == ']') {
                throw json.unexpected("a record");
            }
            record(null);
            int next = json.peek();
            if (next != ',' && next != ']') {
                throw json.unexpected("a comma or the end of the array");
            }
            json.advance();
            if (next == ']') {
                return;
            }
        }
    }

    /** Records by their keys. */
    private void members(int first, String what) throws IOException, MalformedSource {
        if (first != '{') {
            throw new MalformedSource(what + " is " + kind(first) + " where an object should be whose members are the"
                    + " records, by keyedBy" + json.where());
        }
        json.advance();
        if (json.peek() == '}') {
            json.advance();
            return;
        }
        while (true) {
            if (json.peek() != '"') {
                throw json.unexpected("a name in quotes");
            }
            byte[] key = json.textBytes();
            if (json.peek() != ':') {
                throw json.unexpected("a colon");
            }
            json.advance();
            int start = json.peek();
            if (start == ',' || start == '}') {
                throw json.unexpected("a record");
            }
            record(key);
            int next = json.peek();
            if (next != ',' && next != '}') {
                throw json.unexpected("a comma or the end of the object");
            }
            json.advance();
            if (next == '}') {
                return;
            }
        }
    }

    private void hand(byte @Nullable [] key, byte[] bytes, int offset, int length) {
        if (rows == null) {
            sink.record(bytes, offset, length);
        } else {
            rows.hand(key, bytes, offset, length, sink);
        }
    }

    /** @param key that it is a member of an object by; null: it is none */
    private void record(byte @Nullable [] key) throws IOException, MalformedSource {
        sink.beginsAt(json.line());
        json.capture();
        if (json.isCapturedInBuffer()) {
            if (!inSingleRecord.isEmpty()) {
                singleRecord = json.captured();
            }
            hand(key, json.buffer(), json.captureStart(), json.captureLength());
        } else {
            byte[] bytes = json.captured();
            if (json.capturedBytes() > Reject.RECORD_LIMIT) {
                sink.reject(
                        "a record of " + json.capturedBytes() + " bytes, which is more than the " + Reject.RECORD_LIMIT
                                + " that are read",
                        start(bytes));
            } else if (json.hasBrokenText()) {
                sink.reject("a line break inside of a text, which JSON does not allow", start(bytes));
            } else {
                singleRecord = single ? bytes : singleRecord;
                hand(key, bytes, 0, bytes.length);
            }
        }
        json.endCapture();
    }

    /** The text that JSON with quotes stands for; as it stands where it is none. */
    public static String text(String token) {
        try {
            return JsonText.decode(token);
        } catch (IOException | MalformedSource e) {
            return token;
        }
    }

    static String start(byte[] bytes) {
        // four bytes for each character at most
        return new String(bytes, 0, Math.min(bytes.length, 4 * Reject.MAX_RECORD), StandardCharsets.UTF_8);
    }
}

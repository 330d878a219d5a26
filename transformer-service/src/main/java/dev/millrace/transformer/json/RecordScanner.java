package dev.millrace.transformer.json;

import io.micronaut.core.annotation.Nullable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ObjLongConsumer;

/**
 * The scanner that takes the columns' fields out of a record, each as it was sent. What is not one JSON object in
 * strict UTF-8, without a name that occurs twice in any object in it, is refused as a whole. For one thread.
 */
public final class RecordScanner {
    private static final FieldTree NO_COLUMNS = FieldTree.of(List.of());

    /** The rows of a record are in memory together. */
    private static final int MAX_ELEMENTS = 100_000;

    private final FieldTree tree;
    private final Field[] fields;
    private final List<Field[]> elements = new ArrayList<>();
    private final JsonCursor json;
    private final SeenNames seen = new SeenNames();
    private final Map<FieldTree, Layout> layouts = new HashMap<>();
    private final String[] foundAt;
    private final boolean[] outOfReach;
    private int explodedLength;
    /** Whether {@link #tryOut} was called last, so that nothing is counted yet. */
    private boolean tryingOut;

    private final List<Layout> passed = new ArrayList<>();

    public RecordScanner(FieldTree tree) {
        this(tree, tree.size(), false);
    }

    /**
     * @param columns how many there are in all, those within records included
     * @param replacing whether halves of characters are replaced, in the bytes of the records
     */
    public RecordScanner(FieldTree tree, int columns, boolean replacing) {
        this.tree = tree;
        this.json = new JsonCursor(replacing);
        this.fields = new Field[tree.size()];
        this.foundAt = new String[tree.size()];
        this.outOfReach = new boolean[columns];
    }

    /**
     * The fields in the order of the columns; the array is overwritten by the next call.
     *
     * @param bytes that nobody else changes as long as the fields are used
     * @throws InvalidFieldValue when the record is none
     */
    public Field[] scan(byte[] bytes, int start, int end) throws InvalidFieldValue {
        Arrays.fill(fields, Field.MISSING);
        elements.clear();
        seen.clear();
        tryingOut = false;
        explodedLength = 0;
        json.reset(bytes, start, end);
        byte first = json.next();
        if (first != '{') {
            if (json.position() == end) {
                throw new InvalidFieldValue("is an empty line");
            }
            skip();
            throw new InvalidFieldValue("is not a JSON object");
        }
        object(tree, fields);
        byte _ = json.next();
        if (json.position() != end) {
            throw new InvalidFieldValue("has text after the end of the JSON object");
        }
        return fields;
    }

    /**
     * The fields of each element of the array that is exploded, which the last call has found, with those of the record
     * around it; empty when there is none.
     *
     * @throws InvalidFieldValue when a column is both in the element and around it
     */
    public List<Field[]> elements() throws InvalidFieldValue {
        for (Field[] element : elements) {
            for (int i = 0; i < element.length; i++) {
                if (element[i].kind() == Field.Kind.MISSING) {
                    element[i] = fields[i];
                } else if (fields[i].kind() != Field.Kind.MISSING) {
                    throw new InvalidFieldValue("has a column's name both in the exploded array and around it");
                }
            }
        }
        return elements;
    }

    /**
     * Refuses what is not one value of JSON, as strictly as what stands in a record.
     *
     * @param text in UTF-8
     */
    public static void checkJson(byte[] text) throws InvalidFieldValue {
        RecordScanner scanner = new RecordScanner(NO_COLUMNS);
        scanner.json.reset(text, 0, text.length);
        scanner.skip();
        byte _ = scanner.json.next();
        if (scanner.json.position() != text.length) {
            throw new InvalidFieldValue("has text after the end of the JSON value");
        }
    }

    /**
     * Begins to take single values out of a record, of which nothing is counted before {@link #keep}.
     *
     * @param record that nobody else changes as long as its fields are used
     */
    public void tryOut(byte[] record, int start, int end) {
        seen.clear();
        passed.clear();
        tryingOut = true;
        json.reset(record, start, end);
    }

    /**
     * Behind a value of any kind.
     *
     * @param at where it begins
     * @param depth how many objects are around it
     */
    public int behindValue(int at, int depth) throws InvalidFieldValue {
        json.back(at, depth);
        skip();
        return json.position();
    }

    /**
     * The value of a column, at a place below which no other column is.
     *
     * @param at where it begins
     * @param depth how many objects are around it
     */
    public Field field(FieldTree.Target target, int at, int depth) throws InvalidFieldValue {
        json.back(at, depth);
        byte first = json.next();
        if (first == '{' || first == '[') {
            return target.hasParts() ? parts(target) : whole();
        }
        int start = json.position();
        Field field = scalar(first);
        return field.kind() == Field.Kind.TEXT && target.raw() && !target.repeated()
                ? source(Field.Kind.TEXT, start)
                : field;
    }

    /** Behind what {@link #field} has found. */
    public int position() {
        return json.position();
    }

    /** That there is a null in the place of an object in which columns are. */
    public void nothingAt(FieldTree node) {
        markOutOfReach(node, node.columnsInFields());
        markOutOfReach(node, node.columnsInElements());
        markOutOfReach(node, node.flattenedColumns());
    }

    /** Counts what was found since {@link #tryOut}. */
    public void keep() {
        for (int i = 0; i < passed.size(); i++) {
            passed.get(i).count(passed.get(i).size());
        }
    }

    /** Passes a value, of which is known that it is JSON. */
    public static void skip(JsonCursor json) throws InvalidFieldValue {
        switch (json.next()) {
            case '"' -> json.text();
            case '{' -> {
                for (boolean more = json.enter('}'); more; more = json.more('}')) {
                    json.name();
                    skip(json);
                }
            }
            case '[' -> {
                for (boolean more = json.enter(']'); more; more = json.more(']')) {
                    skip(json);
                }
            }
            case 't', 'n' -> json.word(json.next() == 't' ? "true" : "null");
            case 'f' -> json.word("false");
            default -> json.number();
        }
    }

    /** Halves of characters that were replaced so far. */
    public long replaced() {
        return json.replaced();
    }

    /** Bytes of the array that is exploded. */
    public int explodedLength() {
        return explodedLength;
    }

    /**
     * Whether a record had a null or an empty array on the way to the column, so that nobody knows whether it is there.
     *
     * @param column its number among all columns
     */
    public boolean wasOutOfReach(int column) {
        return outOfReach[column];
    }

    /**
     * Tells the path of each field that no column reads, and how many objects had it, of all records so far. Of a record
     * that turned out to be none, objects that ended before its fault are counted.
     */
    public void unread(ObjLongConsumer<String> taker) {
        layouts.forEach((node, layout) -> {
            if (!node.isReadWhole()) {
                layout.unread((name, objects) -> taker.accept(node.pathOf(name.toString()), objects));
            }
        });
    }

    /**
     * Objects at one place mostly have the same names in the same order. As long as that is so, there is nothing to look
     * up, and no name that occurs twice.
     */
    private void object(FieldTree node, Field[] into) throws InvalidFieldValue {
        Layout layout = layouts.computeIfAbsent(node, _ -> new Layout());
        int known = 0;
        boolean more = json.enter('}');
        while (more && known < layout.size() && json.name(layout.member(known).quoted())) {
            member(layout.member(known).child(), into);
            known++;
            more = json.more('}');
        }
        if (tryingOut) {
            if (more || known < layout.size()) {
                throw new InvalidFieldValue("has other names than the object before");
            }
            boolean _ = passed.add(layout);
        } else if (!more) {
            layout.count(known);
        } else {
            int object = seen.begin();
            for (int i = 0; i < known; i++) {
                boolean _ = seen.add(object, layout.member(i).name());
            }
            layout.shorten(known);
            while (more) {
                Name name = name(object);
                FieldTree child = node.child(name);
                layout.add(name, json.quoted(), child);
                member(child, into);
                more = json.more('}');
            }
            seen.end(object);
            layout.count(layout.size());
        }
    }

    private void member(@Nullable FieldTree child, Field[] into) throws InvalidFieldValue {
        if (child == null) {
            skip();
        } else {
            value(child, into);
        }
    }

    private Name name(int object) throws InvalidFieldValue {
        json.name();
        Name name =
                json.isEscaped() ? Name.of(text().text()) : new Name(json.bytes(), json.textStart(), json.textEnd());
        if (!seen.add(object, name)) {
            throw new InvalidFieldValue("has the field '" + name + "' twice in one object");
        }
        return name;
    }

    /** Passes a value, to its end if it is an object or an array. */
    private void skip() throws InvalidFieldValue {
        switch (json.next()) {
            case '"' -> json.text();
            case '{' -> {
                int object = seen.begin();
                for (boolean more = json.enter('}'); more; more = json.more('}')) {
                    Name _ = name(object);
                    skip();
                }
                seen.end(object);
            }
            case '[' -> {
                for (boolean more = json.enter(']'); more; more = json.more(']')) {
                    skip();
                }
            }
            case 't' -> json.word("true");
            case 'f' -> json.word("false");
            case 'n' -> json.word("null");
            case '-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9' -> json.number();
            default -> throw json.malformed("a value");
        }
    }

    private void value(FieldTree node, Field[] into) throws InvalidFieldValue {
        byte first = json.next();
        if (node.isExploded()) {
            explode(node, first);
            return;
        }
        if (node.keepsFromExploding(first)) {
            skip();
            throw new InvalidFieldValue("can't be exploded: the path of the array leads through a value that is no "
                    + (node.isExplodedInObject() ? "object" : "array"));
        }
        content(node, first, into);
    }

    /** Takes the fields of each element apart from those of the record. */
    private void explode(FieldTree node, byte first) throws InvalidFieldValue {
        if (first != '[') {
            skip();
            if (first == 'n') {
                markOutOfReach(node);
                return;
            }
            throw new InvalidFieldValue("can't be exploded: the value is no array");
        }
        int start = json.position();
        for (boolean more = json.enter(']'); more; more = json.more(']')) {
            if (elements.size() == MAX_ELEMENTS) {
                throw new InvalidFieldValue("has an array of more than " + MAX_ELEMENTS + " elements to explode");
            }
            Field[] ofElement = new Field[tree.size()];
            Arrays.fill(ofElement, Field.MISSING);
            content(node, json.next(), ofElement);
            elements.add(ofElement);
        }
        explodedLength = json.position() - start;
        if (elements.isEmpty()) {
            markOutOfReach(node);
        }
    }

    /** Columns in the elements of an array that has none. */
    private void markOutOfReach(FieldTree exploded) {
        exploded.targets().forEach(target -> outOfReach[exploded.number(target.position())] = true);
        markOutOfReach(exploded, exploded.columnsInFields());
        markOutOfReach(exploded, exploded.columnsInElements());
        markOutOfReach(exploded, exploded.flattenedColumns());
    }

    private void markOutOfReach(FieldTree node, List<Integer> columns) {
        for (int i = 0; i < columns.size(); i++) {
            outOfReach[node.number(columns.get(i))] = true;
        }
    }

    private void content(FieldTree node, byte first, Field[] into) throws InvalidFieldValue {
        List<FieldTree.Target> targets = node.targets();
        for (int i = 0; i < targets.size(); i++) {
            FieldTree.Target target = targets.get(i);
            if (target.oneOfSeveral() != null) {
                claim(target.position(), target.oneOfSeveral(), into);
            }
        }
        if (first == '{' || first == '[') {
            composite(node, first, into);
        } else {
            int start = json.position();
            Field field = scalar(first);
            put(node, field, field.kind() == Field.Kind.TEXT ? start : -1, into);
        }
    }

    /** Of a column that may be found at several places, this is the one. */
    private void claim(int column, String path, Field[] into) throws InvalidFieldValue {
        Field.Kind kind = into[column].kind();
        if (kind != Field.Kind.MISSING && kind != Field.Kind.BLOCKED) {
            String before = foundAt[column];
            throw new InvalidFieldValue(
                    path.equals(before)
                            ? "has the value at " + path
                                    + " twice, nested and as a field whose name has the points in it;"
                                    + " names in quotes say which of them is meant"
                            : "has one column's value twice, at " + before + " and at " + path);
        }
        foundAt[column] = path;
    }

    private Field scalar(byte first) throws InvalidFieldValue {
        int start = json.position();
        skip();
        return switch (first) {
            case '"' -> text();
            case 't' -> Field.TRUE;
            case 'f' -> Field.FALSE;
            case 'n' -> Field.NULL;
            default -> source(Field.Kind.NUMBER, start);
        };
    }

    /** The text that was passed last. */
    private Field text() {
        return new Field(Field.Kind.TEXT, json.bytes(), json.textStart(), json.textEnd(), json.isEscaped());
    }

    /** As it was sent, from there to the end of what was passed last. */
    private Field source(Field.Kind kind, int start) {
        return new Field(kind, json.bytes(), start, json.position(), false);
    }

    private void composite(FieldTree node, byte first, Field[] into) throws InvalidFieldValue {
        List<FieldTree.Target> targets = node.targets();
        if (!node.hasFields()
                && !node.hasElements()
                && targets.size() == 1
                && targets.getFirst().hasParts()) {
            into[targets.getFirst().position()] = parts(targets.getFirst());
            return;
        }
        int start = json.position();
        boolean isObject = first == '{';
        if (isObject && node.hasFields()) {
            object(node, into);
        } else if (!isObject && node.hasElements()) {
            array(node, into);
        } else {
            skip();
        }
        put(node, source(isObject ? Field.Kind.OBJECT : Field.Kind.ARRAY, start), -1, into);
        int behind = json.position();
        for (FieldTree.Target target : targets) {
            if (target.hasParts()) {
                json.back(start);
                into[target.position()] = parts(target);
            }
        }
        json.back(behind);
    }

    private void array(FieldTree node, Field[] into) throws InvalidFieldValue {
        int position = 0;
        for (boolean more = json.enter(']'); more; more = json.more(']')) {
            member(node.element(position), into);
            position++;
        }
        if (position < node.elements()) {
            markOutOfReach(node, node.columnsInElements());
        }
    }

    /** Of an object or array. */
    private Field parts(FieldTree.Target target) throws InvalidFieldValue {
        if (!target.repeated()) {
            return element(target);
        }
        if (json.next() != '[') {
            return whole();
        }
        List<Field> parts = new ArrayList<>();
        for (boolean more = json.enter(']'); more; more = json.more(']')) {
            parts.add(element(target));
        }
        return new Field(Field.Kind.ARRAY, parts);
    }

    private Field element(FieldTree.Target target) throws InvalidFieldValue {
        byte first = json.next();
        FieldTree record = target.record();
        if (first == '{' && record != null) {
            Field[] parts = new Field[record.size()];
            Arrays.fill(parts, Field.MISSING);
            object(record, parts);
            return new Field(Field.Kind.OBJECT, Arrays.asList(parts));
        }
        if (first == '{' || first == '[') {
            return whole();
        }
        int start = json.position();
        Field field = scalar(first);
        return field.kind() == Field.Kind.TEXT && target.raw() ? source(Field.Kind.TEXT, start) : field;
    }

    private Field whole() throws InvalidFieldValue {
        int start = json.position();
        Field.Kind kind = json.next() == '{' ? Field.Kind.OBJECT : Field.Kind.ARRAY;
        skip();
        return source(kind, start);
    }

    /** @param source where a text begins as it was sent; negative for all else */
    private void put(FieldTree node, Field field, int source, Field[] into) {
        List<FieldTree.Target> targets = node.targets();
        for (int i = 0; i < targets.size(); i++) {
            FieldTree.Target target = targets.get(i);
            into[target.position()] =
                    source >= 0 && target.raw() && !target.repeated() ? source(Field.Kind.TEXT, source) : field;
        }
        if (field.kind() == Field.Kind.NULL) {
            nothingAt(node);
            return;
        }
        if (field.kind() != Field.Kind.OBJECT) {
            block(node.columnsInFields(), field, into);
            if (targets.isEmpty()) {
                block(node.flattenedColumns(), field, into);
            }
        }
        if (field.kind() != Field.Kind.ARRAY) {
            block(node.columnsInElements(), field, into);
        }
    }

    /** The columns can't be in the value; those that were found elsewhere stay. */
    private static void block(List<Integer> columns, Field field, Field[] into) {
        for (int i = 0; i < columns.size(); i++) {
            int column = columns.get(i);
            if (into[column].kind() == Field.Kind.MISSING) {
                into[column] = new Field(Field.Kind.BLOCKED, field.text());
            }
        }
    }
}

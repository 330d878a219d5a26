package dev.millrace.extractor.format;

import dev.millrace.pipeline.JsonPath;
import dev.millrace.pipeline.format.Format;
import dev.millrace.staging.Reject;
import io.micronaut.core.annotation.Nullable;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * One record of XML: takes its elements, attributes and texts in the order of the document, and writes them as a JSON
 * object in the end. For one thread; used again for each record.
 */
final class XmlRecord {
    /** What the transformer reads, and what a stack bears. */
    static final int DEEPEST = 500;

    private static final String TEXT = "#text";
    private static final byte[] NULL = "null".getBytes(StandardCharsets.US_ASCII);
    private static final int NONE = -1;
    private static final int RECORD = 0;

    /** That are remembered: a document that has a new one in each record must not fill the memory. */
    private static final int MOST_NAMES = 10_000;

    /** What a node costs beside its name and text, about. */
    private static final int NODE = 16;

    private final Shape shapes;
    private final Map<String, Integer> numbers = new HashMap<>();
    /** Of attributes, by their names in the document, which an element may have, too. */
    private final Map<String, Integer> attributes = new HashMap<>();

    private final List<String> names = new ArrayList<>();
    private final List<byte[]> members = new ArrayList<>();
    private final int text;

    /** Nodes are elements, attributes and pieces of text, each with a number, in the order of the document. */
    private int nodes;

    private int[] name = new int[64];
    private int[] firstChild = new int[64];
    private int[] lastChild = new int[64];
    private int[] next = new int[64]; // of the same parent
    private int[] start = new int[64]; // of its text, in characters; of an element none
    private int[] end = new int[64];
    private boolean[] isElement = new boolean[64];
    private boolean[] hasElements = new boolean[64];

    private char[] characters = new char[8 * 1024];
    private int length;
    private int piece; // where the text begins that is read

    private int[] open = new int[DEEPEST + 1];
    private int depth;
    private boolean tooDeep;
    private long size;

    private int[] nextOf = new int[64]; // of the same parent and name

    /** Of each name, the last child of the element whose children are put together, and which element that is. */
    private int[] lastOf = new int[64];

    private long[] seenIn = new long[64];
    private long families;

    private final ObjectBytes json = new ObjectBytes();

    XmlRecord(Format.Xml format) {
        this.shapes = Shape.of(format);
        this.text = number(TEXT);
    }

    private void forgetNames() {
        numbers.clear();
        attributes.clear();
        names.clear();
        members.clear();
        int _ = number(TEXT); // the same as before, since it is the first
    }

    /** What the file says of the elements at a place. */
    private static final class Shape {
        private static final Shape NOTHING = new Shape(List.of());

        private final List<Way> ways;
        private final Map<String, Shape> below = new HashMap<>();
        private final boolean array;
        private final boolean object;

        Shape(List<Way> ways) {
            this.ways = ways;
            this.array = ways.stream().anyMatch(way -> way.isReached() && way.array());
            this.object = ways.stream().anyMatch(way -> way.isReached() && !way.array());
        }

        static Shape of(Format.Xml format) {
            List<Way> ways = new ArrayList<>();
            format.arrays().forEach(path -> ways.add(new Way(JsonPath.of(path), 0, true)));
            format.objects().forEach(path -> ways.add(new Way(JsonPath.of(path), 0, false)));
            return ways.isEmpty() ? NOTHING : new Shape(ways);
        }

        Shape below(String name) {
            return this == NOTHING ? NOTHING : below.computeIfAbsent(name, this::ofName);
        }

        private Shape ofName(String name) {
            List<Way> on =
                    ways.stream().flatMap(way -> way.below(name).stream()).toList();
            return on.isEmpty() ? NOTHING : new Shape(on);
        }
    }

    /** @param passed steps of the path */
    private record Way(JsonPath path, int passed, boolean array) {
        boolean isReached() {
            return passed == path.steps().size();
        }

        Optional<Way> below(String name) {
            int steps = isReached() ? 0 : path.stepsOf(name, passed);
            return steps == 0 ? Optional.empty() : Optional.of(new Way(path, passed + steps, array));
        }
    }

    void begin(String element) {
        nodes = 0;
        length = 0;
        piece = 0;
        depth = 0;
        tooDeep = false;
        size = 0;
        if (names.size() > MOST_NAMES) {
            forgetNames();
        }
        open[0] = node(number(element), true);
    }

    /** Of the element that was begun last. */
    void attribute(String attribute, String value) {
        if (!fits(attribute.length() + value.length())) {
            return;
        }
        int node = child(numberOfAttribute(attribute), false);
        start[node] = length;
        reserve(value.length());
        value.getChars(0, value.length(), characters, length);
        length += value.length();
        end[node] = length;
        piece = length;
    }

    void beginElement(String element) {
        endPiece();
        if (!fits(element.length())) {
            return;
        }
        if (depth == DEEPEST) {
            tooDeep = true;
            size = Long.MAX_VALUE / 2;
            return;
        }
        int node = child(number(element), true);
        hasElements[open[depth]] = true;
        depth++;
        open[depth] = node;
    }

    void text(char[] from, int offset, int count) {
        size += count;
        if (!isOversized()) {
            reserve(count);
            System.arraycopy(from, offset, characters, length, count);
            length += count;
        }
    }

    void endElement() {
        endPiece();
        if (!isOversized()) {
            depth--;
        }
    }

    /** Why it can't be a record; null: nothing. */
    @Nullable
    String flaw() {
        if (tooDeep) {
            return "a record with elements in more than " + DEEPEST + " others";
        }
        return isOversized() ? "a record of more than the " + Reject.RECORD_LIMIT + " characters that are read" : null;
    }

    private boolean isOversized() {
        return size > Reject.RECORD_LIMIT;
    }

    private boolean fits(int more) {
        size += more + (long) NODE;
        return !isOversized();
    }

    private void endPiece() {
        if (length > piece && !isOversized()) {
            int node = child(text, false);
            start[node] = piece;
            end[node] = length;
        }
        piece = length;
    }

    private int child(int ofName, boolean element) {
        int parent = open[depth];
        int node = node(ofName, element);
        if (firstChild[parent] == NONE) {
            firstChild[parent] = node;
        } else {
            next[lastChild[parent]] = node;
        }
        lastChild[parent] = node;
        return node;
    }

    private int node(int ofName, boolean element) {
        int node = nodes++;
        if (node == name.length) {
            int more = 2 * node;
            name = Arrays.copyOf(name, more);
            firstChild = Arrays.copyOf(firstChild, more);
            lastChild = Arrays.copyOf(lastChild, more);
            next = Arrays.copyOf(next, more);
            start = Arrays.copyOf(start, more);
            end = Arrays.copyOf(end, more);
            isElement = Arrays.copyOf(isElement, more);
            hasElements = Arrays.copyOf(hasElements, more);
            nextOf = Arrays.copyOf(nextOf, more);
        }
        name[node] = ofName;
        firstChild[node] = NONE;
        next[node] = NONE;
        isElement[node] = element;
        hasElements[node] = false;
        return node;
    }

    private int numberOfAttribute(String of) {
        Integer known = attributes.get(of);
        if (known == null) {
            known = number("@" + of);
            attributes.put(of, known);
        }
        return known;
    }

    private int number(String of) {
        Integer known = numbers.get(of);
        if (known != null) {
            return known;
        }
        int number = names.size();
        numbers.put(of, number);
        names.add(of);
        members.add(ObjectBytes.name(of));
        if (number == lastOf.length) {
            lastOf = Arrays.copyOf(lastOf, 2 * number);
            seenIn = Arrays.copyOf(seenIn, 2 * number);
        }
        return number;
    }

    private void reserve(int more) {
        if (characters.length - length < more) {
            characters = Arrays.copyOf(characters, Math.max(2 * characters.length, length + more));
        }
    }

    /** The record as JSON; of one with a flaw there is none. */
    ObjectBytes json() {
        json.clear();
        object(RECORD, shapes);
        return json;
    }

    private void value(int node, Shape shape) {
        if (!isElement[node]) {
            json.text(characters, start[node], end[node]);
            return;
        }
        int child = firstChild[node];
        if (shape.object) {
            object(node, shape);
        } else if (child == NONE) {
            json.verbatim(NULL);
        } else if (name[child] == text && next[child] == NONE) {
            value(child, Shape.NOTHING);
        } else {
            object(node, shape);
        }
    }

    /** Children of the same name stand where the first of them does. */
    private void object(int node, Shape shape) {
        int first = byName(node);
        json.write('{');
        boolean follows = false;
        for (int child = first; child != NONE; child = next[child]) {
            if (follows) {
                json.write(',');
            }
            follows = true;
            json.verbatim(members.get(name[child]));
            Shape of = shape.below(names.get(name[child]));
            boolean several = nextOf[child] != NONE || of.array;
            if (several) {
                json.write('[');
            }
            for (int one = child; one != NONE; one = nextOf[one]) {
                if (one != child) {
                    json.write(',');
                }
                value(one, of);
            }
            if (several) {
                json.write(']');
            }
        }
        json.write('}');
    }

    /**
     * Links the children of each name to each other, and leaves in {@link #next} only the first ones. White space between
     * elements is nothing.
     *
     * @return the first child
     */
    private int byName(int parent) {
        families++;
        int firstKept = NONE;
        int lastKept = NONE;
        int child = firstChild[parent];
        while (child != NONE) {
            int following = next[child];
            int of = name[child];
            if (!(of == text && hasElements[parent] && isBlank(child))) {
                nextOf[child] = NONE;
                if (seenIn[of] == families) {
                    nextOf[lastOf[of]] = child;
                } else {
                    seenIn[of] = families;
                    if (firstKept == NONE) {
                        firstKept = child;
                    } else {
                        next[lastKept] = child;
                    }
                    lastKept = child;
                    next[child] = NONE;
                }
                lastOf[of] = child;
            }
            child = following;
        }
        return firstKept;
    }

    private boolean isBlank(int node) {
        for (int i = start[node]; i < end[node]; i++) {
            if (characters[i] > ' ') {
                return false;
            }
        }
        return true;
    }

    /** What can be shown of a record with a flaw. */
    String shown() {
        return "<" + names.get(name[RECORD]) + ">" + new String(characters, 0, Math.min(length, Reject.MAX_RECORD));
    }
}

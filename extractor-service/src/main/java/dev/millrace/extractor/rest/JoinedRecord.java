package dev.millrace.extractor.rest;

import dev.millrace.extractor.record.JsonMembers;
import dev.millrace.extractor.record.JsonMembers.Member;
import dev.millrace.extractor.record.JsonSlicer;
import dev.millrace.extractor.record.MalformedSource;
import dev.millrace.pipeline.JsonPath;
import dev.millrace.staging.Reject;
import io.micronaut.core.annotation.Nullable;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.UnaryOperator;

/**
 * The parts of one record, made one: objects are joined member by member, and every other value stays as it was sent and
 * has to be the same wherever it is. For one thread.
 */
final class JoinedRecord {
    /** Of objects within objects that differ; what is deeper is compared as a whole. */
    private static final int DEPTH = 100;

    private final JsonPath key;
    private final UnaryOperator<String> quote;

    /**
     * @param key of a record
     * @param quote makes what the source sent fit for messages
     */
    JoinedRecord(JsonPath key, UnaryOperator<String> quote) {
        this.key = key;
        this.quote = quote;
    }

    /** What becomes of the parts. */
    sealed interface Result {
        /** The record. */
        final class Whole implements Result {
            private final String key;
            private final byte[] json;

            Whole(String key, byte[] json) {
                this.key = key;
                this.json = json;
            }

            String key() {
                return key;
            }

            byte[] json() {
                return json;
            }
        }

        /** @param reason why it is a reject, in all of its parts */
        record Unfit(String reason) implements Result {}
    }

    /**
     * @param parts one of each answer
     * @param row of the record in each of them, from 1
     * @throws PartsDiffer when they are parts of different records, or of one that has changed between the answers
     */
    Result of(List<byte[]> parts, long row) throws PartsDiffer {
        try {
            String first = key(parts.getFirst());
            for (byte[] part : parts) {
                String other = key(part);
                if (!Objects.equals(first, other)) {
                    throw new PartsDiffer("record " + row + " has the " + key + " " + shown(first) + " in one, and "
                            + shown(other) + " in another");
                }
            }
            if (first == null) {
                return new Result.Unfit("the record has no " + key + ", by which its parts are joined");
            }
            byte[] joined = joined(parts, "the record " + shown(first) + " has ", "", 0);
            return joined.length > Reject.RECORD_LIMIT
                    ? new Result.Unfit(
                            "a record of " + joined.length + " bytes, all parts together, which is more than the "
                                    + Reject.RECORD_LIMIT + " that are read")
                    : new Result.Whole(first, joined);
        } catch (MalformedSource e) {
            return new Result.Unfit("the record can't be joined of its parts: " + e.detail());
        }
    }

    private String shown(@Nullable String text) {
        return text == null ? "of none" : "'" + quote.apply(text) + "'";
    }

    private @Nullable String key(byte[] part) throws MalformedSource {
        try {
            String found = JsonSlicer.valueAt(part, key);
            return found == null || found.isEmpty() ? null : found;
        } catch (IOException e) {
            throw new IllegalStateException(e); // of memory: can't be
        }
    }

    /** A name of an object, with what the parts have there. */
    private static final class Joining {
        private final byte[] written;
        private final List<byte[]> values = new ArrayList<>();

        Joining(byte[] written) {
            this.written = written;
        }
    }

    private byte[] joined(List<byte[]> objects, String of, String at, int depth) throws MalformedSource, PartsDiffer {
        Map<String, Joining> members = new LinkedHashMap<>();
        for (byte[] object : objects) {
            for (Member member : JsonMembers.of(object)) {
                members.computeIfAbsent(member.name(), _ -> new Joining(member.written()))
                        .values
                        .add(member.value());
            }
        }
        ByteArrayOutputStream json = new ByteArrayOutputStream();
        json.write('{');
        for (Map.Entry<String, Joining> member : members.entrySet()) {
            if (json.size() > 1) {
                json.write(',');
            }
            json.writeBytes(member.getValue().written);
            json.write(':');
            json.writeBytes(value(member.getValue().values, of, at + member.getKey(), depth));
        }
        json.write('}');
        return json.toByteArray();
    }

    private byte[] value(List<byte[]> values, String of, String at, int depth) throws MalformedSource, PartsDiffer {
        byte[] first = values.getFirst();
        List<byte[]> others =
                values.stream().filter(value -> !Arrays.equals(value, first)).toList();
        if (others.isEmpty()) {
            return first;
        }
        if (depth < DEPTH && values.stream().allMatch(value -> value[0] == '{')) {
            return joined(values, of, at + ".", depth + 1);
        }
        throw new PartsDiffer(of + shown(text(first)) + " at " + at + " in one, and " + shown(text(others.getFirst()))
                + " in another");
    }

    private static String text(byte[] value) {
        return new String(value, StandardCharsets.UTF_8);
    }
}

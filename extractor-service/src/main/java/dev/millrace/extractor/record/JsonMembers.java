package dev.millrace.extractor.record;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** The members of a JSON object, byte for byte. */
public final class JsonMembers {
    private JsonMembers() {}

    /** A member, whose bytes nobody changes. */
    public static final class Member {
        private final String name;
        private final byte[] written;
        private final byte[] value;

        private Member(String name, byte[] written, byte[] value) {
            this.name = name;
            this.written = written;
            this.value = value;
        }

        /** What its name stands for. */
        public String name() {
            return name;
        }

        /** Its name with quotes, as it was sent. */
        public byte[] written() {
            return written;
        }

        /** As it was sent, but for line breaks between tokens; what is inside of it is not judged. */
        public byte[] value() {
            return value;
        }
    }

    /**
     * The members in their order.
     *
     * @throws MalformedSource when it is no object, or a name is there twice
     */
    public static List<Member> of(byte[] object) throws MalformedSource {
        try {
            return members(new JsonBytes(new ByteArrayInputStream(object), object.length));
        } catch (IOException e) {
            throw new IllegalStateException(e); // of memory: can't be
        }
    }

    private static List<Member> members(JsonBytes json) throws IOException, MalformedSource {
        if (json.peek() != '{') {
            throw new MalformedSource("no JSON object");
        }
        json.advance();
        List<Member> members = new ArrayList<>();
        if (json.peek() == '}') {
            json.advance();
            return end(json, members);
        }
        while (true) {
            if (json.peek() != '"') {
                throw json.unexpected("a name in quotes");
            }
            byte[] written = json.textBytes();
            if (json.peek() != ':') {
                throw json.unexpected("a colon");
            }
            json.advance();
            json.peek();
            json.capture();
            byte[] value = json.captured();
            json.endCapture();
            members.add(new Member(JsonText.decode(new String(written, StandardCharsets.UTF_8)), written, value));
            int next = json.peek();
            if (next != ',' && next != '}') {
                throw json.unexpected("a comma or the end of the object");
            }
            json.advance();
            if (next == '}') {
                return end(json, members);
            }
        }
    }

    private static List<Member> end(JsonBytes json, List<Member> members) throws IOException, MalformedSource {
        if (json.peek() >= 0) {
            throw json.unexpected("the end of the object");
        }
        List<String> names = members.stream().map(Member::name).toList();
        if (names.stream().distinct().count() < names.size()) {
            String twice = names.stream()
                    .filter(name -> names.indexOf(name) != names.lastIndexOf(name))
                    .findFirst()
                    .orElseThrow();
            throw new MalformedSource("the name '" + twice + "' twice");
        }
        return members;
    }
}

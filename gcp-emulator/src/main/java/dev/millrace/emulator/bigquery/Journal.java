package dev.millrace.emulator.bigquery;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.millrace.emulator.http.Request;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Resources by kind and name, in a file to which each change is appended as a line of JSON. A process that is killed
 * loses none; a line that it had not written whole is left out. Safe for use by several threads.
 */
final class Journal implements AutoCloseable {
    private static final String KIND = "kind";
    private static final String NAME = "name";
    private static final String RESOURCE = "resource";

    /** As they were when the file was opened, by kind and name. */
    private final Map<List<String>, ObjectNode> found;

    /** Which an interrupt doesn't close. */
    private final OutputStream out;

    /** Opens the file, or makes it; what has changed since is left out of it then. */
    Journal(Path file) throws IOException {
        this.found = read(file);
        StringBuilder lines = new StringBuilder();
        found.forEach((key, resource) -> lines.append(line(key.getFirst(), key.getLast(), resource)));
        Path compact = file.resolveSibling(file.getFileName() + ".new");
        Files.writeString(compact, lines);
        Files.move(compact, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
        this.out = new FileOutputStream(file.toFile(), true);
    }

    private static Map<List<String>, ObjectNode> read(Path file) throws IOException {
        Map<List<String>, ObjectNode> found = new LinkedHashMap<>();
        if (!Files.exists(file)) {
            return found;
        }
        String text = Files.readString(file);
        int end;
        for (int start = 0; (end = text.indexOf('\n', start)) >= 0; start = end + 1) {
            ObjectNode line = Request.parse(text.substring(start, end).getBytes(StandardCharsets.UTF_8));
            List<String> key = List.of(line.path(KIND).asText(), line.path(NAME).asText());
            if (line.path(RESOURCE) instanceof ObjectNode resource) {
                found.put(key, resource);
            } else {
                found.remove(key);
            }
        }
        return found;
    }

    /** @param resource null: it has gone */
    private static String line(String kind, String name, @Nullable ObjectNode resource) {
        ObjectNode line = JsonNodeFactory.instance.objectNode().put(KIND, kind).put(NAME, name);
        line.set(RESOURCE, resource);
        return line + "\n";
    }

    /** Those of a kind, as they were when the file was opened. */
    List<ObjectNode> found(String kind) {
        return found.entrySet().stream()
                .filter(entry -> entry.getKey().getFirst().equals(kind))
                .map(Map.Entry::getValue)
                .toList();
    }

    void store(String kind, String name, ObjectNode resource) {
        append(line(kind, name, resource));
    }

    void forget(String kind, String name) {
        append(line(kind, name, null));
    }

    private synchronized void append(String line) {
        try {
            out.write(line.getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() throws IOException {
        out.close();
    }
}

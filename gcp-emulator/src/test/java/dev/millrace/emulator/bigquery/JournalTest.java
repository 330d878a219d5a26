package dev.millrace.emulator.bigquery;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JournalTest {
    @TempDir
    private Path folder;

    private static ObjectNode resource(String text) {
        return JsonNodeFactory.instance.objectNode().put("text", text);
    }

    @Test
    void findsWhatWasStoredLastAndNotWhatWasForgottenOrWrittenInPart() throws IOException {
        Path file = folder.resolve("journal");
        try (Journal journal = new Journal(file)) {
            assertThat(journal.found("job")).isEmpty();
            journal.store("job", "a", resource("first"));
            journal.store("table", "a", resource("a table\n\"ä\""));
            journal.store("job", "b", resource("gone"));
            journal.store("job", "a", resource("last"));
            journal.forget("job", "b");
        }
        Files.writeString(file, "{\"kind\":\"job\",\"name\":\"c\",\"res", StandardOpenOption.APPEND);

        for (int opened = 0; opened < 2; opened++) {
            try (Journal journal = new Journal(file)) {
                assertThat(journal.found("job")).containsExactly(resource("last"));
                assertThat(journal.found("table")).containsExactly(resource("a table\n\"ä\""));
            }
        }
        assertThat(Files.readAllLines(file)).hasSize(2);
    }
}

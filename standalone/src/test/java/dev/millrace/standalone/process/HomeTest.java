package dev.millrace.standalone.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HomeTest {
    @Test
    void aFolderThatOthersMayLookIntoIsToldFromOneThatOnlyItsOwnerMay(@TempDir Path folder) throws Exception {
        Home home = Home.of(folder.resolve("home").toString());
        try (Home.Lock _ = home.lock().orElseThrow()) {
            assertThat(home.openTo()).isEmpty();
            Files.setPosixFilePermissions(home.root(), PosixFilePermissions.fromString("rwxr-x--x"));
            assertThat(home.openTo()).hasValue("rwxr-x--x");
        }
    }
}

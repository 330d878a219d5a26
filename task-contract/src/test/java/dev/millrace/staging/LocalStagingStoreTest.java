package dev.millrace.staging;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.problem.ErrorCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LocalStagingStoreTest extends StagingStoreContract {
    @TempDir
    Path folder;

    @Override
    protected StagingStore store() {
        return new LocalStagingStore(folder);
    }

    @Override
    protected void overwrite(String path, byte[] content) throws IOException {
        Files.write(folder.resolve(path), content);
    }

    @Test
    void leavesNoFileBehindWhenAnUploadIsNotCommitted() throws IOException {
        try (Upload upload = store().upload("runs/part")) {
            upload.stream().write(1);
        }

        try (var files = Files.list(folder.resolve("runs"))) {
            assertThat(files).isEmpty();
        }
    }

    @Test
    void saysThatTheFolderCanNotBeWritten() throws IOException {
        Files.writeString(folder.resolve("runs"), "a file where a folder belongs");

        assertCode(ErrorCode.STAGING_UNAVAILABLE, () -> store().createIfAbsent("runs/1/OWNER", new byte[0]));
        assertCode(ErrorCode.STAGING_UNAVAILABLE, () -> store().upload("runs/1/part"));
    }

    @Test
    void leavesNoFolderBehindWhereEverythingWasDeleted() {
        store().createIfAbsent("runs/1/rows/extract/1/OWNER", new byte[0]);
        store().createIfAbsent("runs/2/rows/extract/1/OWNER", new byte[0]);

        store().deleteAll("runs/1/");

        assertThat(folder.resolve("runs/1")).doesNotExist();
        assertThat(folder.resolve("runs/2/rows/extract/1/OWNER")).exists();
    }
}

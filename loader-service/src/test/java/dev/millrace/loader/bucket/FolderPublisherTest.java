package dev.millrace.loader.bucket;

import dev.millrace.staging.LocalStagingStore;
import dev.millrace.staging.StagingStore;
import java.util.UUID;

class FolderPublisherTest extends PublisherContract {
    @Override
    StagingStore bucket() {
        return new LocalStagingStore(folder.resolve("published/" + UUID.randomUUID()));
    }
}

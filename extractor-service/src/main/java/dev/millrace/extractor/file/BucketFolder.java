package dev.millrace.extractor.file;

import com.google.cloud.storage.Blob;
import com.google.cloud.storage.BlobId;
import com.google.cloud.storage.Storage;
import com.google.cloud.storage.Storage.BlobField;
import com.google.cloud.storage.Storage.BlobListOption;
import com.google.cloud.storage.StorageException;
import dev.millrace.gcp.CloudStorage;
import dev.millrace.pipeline.file.FileLocation;
import dev.millrace.pipeline.file.Glob;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * The objects of a bucket whose names begin with a prefix. Only what a pattern leaves possible is listed: names that
 * begin as it does, and where all that it means are in one folder, nothing of the folders below.
 *
 * @see <a href="https://cloud.google.com/storage/docs/json_api/v1/objects/list">Objects: list</a>
 */
final class BucketFolder implements SourceFolder {
    private static final int LARGEST_PAGE = 1_000;

    private final Storage storage;
    private final FileLocation.Bucket location;

    BucketFolder(Storage storage, FileLocation.Bucket location) {
        this.storage = storage;
        this.location = location;
    }

    @Override
    public List<SourceFile> find(Glob pattern) throws InterruptedException {
        List<SourceFile> found = new ArrayList<>();
        each(pattern, found::add);
        found.sort(Comparator.comparing(SourceFile::name));
        return List.copyOf(found);
    }

    /** In the order of the bucket's list, which is that of the names' bytes in UTF-8. */
    @Override
    public void each(Glob pattern, Visitor visitor) throws InterruptedException {
        try {
            for (Blob blob : storage.list(location.bucket(), options(pattern)).iterateAll()) {
                if (Thread.interrupted()) {
                    throw new InterruptedException("interrupted");
                }
                // what ends in a slash stands for a folder, of a console for example
                boolean isFolder = blob.isDirectory() || blob.getName().endsWith("/");
                // not every server keeps to the prefix that it is asked for
                if (!isFolder
                        && blob.getName().startsWith(location.prefix())
                        && pattern.matches(
                                blob.getName().substring(location.prefix().length()))) {
                    BlobId object = BlobId.of(location.bucket(), blob.getName(), blob.getGeneration());
                    visitor.found(
                            new BucketFile(storage, object, CloudStorage.size(blob), blob.getCrc32cToHexString()));
                }
            }
        } catch (StorageException e) {
            throw BucketFailure.listing(location.bucket(), e);
        }
    }

    @Override
    public SourceFile planned(PlannedFile file) {
        BlobId object = BlobId.of(location.bucket(), file.name(), Long.valueOf(file.version()));
        return new BucketFile(storage, object, file.size(), file.crc32c());
    }

    private BlobListOption[] options(Glob pattern) {
        List<BlobListOption> options = new ArrayList<>(List.of(
                BlobListOption.prefix(location.prefix() + pattern.start()),
                BlobListOption.pageSize(LARGEST_PAGE),
                BlobListOption.fields(BlobField.NAME, BlobField.GENERATION, BlobField.SIZE, BlobField.CRC32C)));
        if (pattern.isOfOneFolder()) {
            options.add(BlobListOption.currentDirectory());
        }
        return options.toArray(BlobListOption[]::new);
    }

    @Override
    public String toString() {
        return location.toString();
    }
}

package dev.millrace.pipeline.file;

import dev.millrace.pipeline.BucketName;
import dev.millrace.pipeline.InvalidValue;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/** Where a source's files are. */
public sealed interface FileLocation {
    /** A folder of the extractor's file system. */
    record Folder(String path) implements FileLocation {}

    /**
     * A bucket of Cloud Storage, or what is like a folder in it.
     *
     * @param prefix what the names of the objects begin with: empty, or with a slash at its end
     */
    record Bucket(String bucket, String prefix) implements FileLocation {
        private static final String SCHEME = "gs://";

        /** In UTF-8, https://cloud.google.com/storage/docs/objects#naming */
        private static final int MOST_BYTES = 1024;

        /** A slash at the end says nothing: the folder is meant either way. */
        private static Bucket of(String url) {
            String rest = url.substring(SCHEME.length());
            int slash = rest.indexOf('/');
            String name = slash < 0 ? rest : rest.substring(0, slash);
            if (!BucketName.isValid(name)) {
                throw new InvalidValue(
                        "folder", url, "gs://BUCKET or gs://BUCKET/PREFIX, the bucket's name of " + BucketName.RULE);
            }
            String prefix = slash < 0 ? "" : rest.substring(slash + 1);
            if (prefix.isEmpty()) {
                return new Bucket(name, "");
            }
            String names = prefix.endsWith("/") ? prefix.substring(0, prefix.length() - 1) : prefix;
            if (!areNames(names)) {
                throw new InvalidValue(
                        "folder",
                        url,
                        "gs://BUCKET/PREFIX, the prefix of names with slashes between them, none of them empty, . or ..,"
                                + " without ? # * and line ends; wildcards belong into the pattern of an endpoint");
            }
            return new Bucket(name, names + "/");
        }

        private static boolean areNames(String prefix) {
            return prefix.chars().noneMatch(c -> "?#*\r\n".indexOf(c) >= 0)
                    && Arrays.stream(prefix.split("/", -1)).noneMatch(List.of("", ".", "..")::contains)
                    && prefix.getBytes(StandardCharsets.UTF_8).length < MOST_BYTES;
        }

        /** As in a pipeline file. */
        @Override
        public String toString() {
            return SCHEME + bucket + "/" + prefix;
        }
    }

    /** Pages and addresses. */
    record Web(WebFiles files) implements FileLocation {}

    /** A server of SFTP. */
    record Sftp(SftpFiles files) implements FileLocation {}

    /**
     * Understands a source's {@code folder}.
     *
     * @throws InvalidValue of the field {@code folder}, when it is neither a folder nor a bucket
     */
    static FileLocation of(String folder) {
        if (folder.startsWith(Bucket.SCHEME)) {
            return Bucket.of(folder);
        }
        // a single letter is a drive of Windows
        if (folder.isBlank() || folder.matches("(?s)[A-Za-z][A-Za-z0-9+.-]+:/.*")) {
            throw new InvalidValue(
                    "folder",
                    folder,
                    "a folder, or gs://BUCKET/PREFIX for a bucket of Cloud Storage; the key web is for files at http and https, the key sftp for those of a server of SFTP");
        }
        return new Folder(folder);
    }
}

package dev.millrace.pipeline.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.pipeline.InvalidValue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class FileLocationTest {
    @ParameterizedTest
    @CsvSource({
        "gs://abc, abc, ''",
        "gs://abc/, abc, ''",
        "gs://abc/x, abc, x/",
        "gs://abc/x/, abc, x/",
        "gs://a-b_c.example.com/x y/é+%20/.z, a-b_c.example.com, x y/é+%20/.z/",
        "gs://gcp-public-data/goog, gcp-public-data, goog/"
    })
    void isABucketAndWhatIsLikeAFolderInIt(String folder, String bucket, String prefix) {
        assertThat(FileLocation.of(folder)).isEqualTo(new FileLocation.Bucket(bucket, prefix));
        assertThat(FileLocation.of(folder)).hasToString("gs://" + bucket + "/" + prefix);
    }

    @ParameterizedTest
    @ValueSource(strings = {"data", "/data", "../data", "C:\\data", "C:/data", "a:b", "gs", "data/gs://abc"})
    void isAFolder(String folder) {
        assertThat(FileLocation.of(folder)).isEqualTo(new FileLocation.Folder(folder));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "gs://",
                "gs:///x",
                "gs://ab",
                "gs://Abc",
                "gs://-abc",
                "gs://abc.",
                "gs://ab..cd",
                "gs://10.0.0.1/x",
                "gs://abc?x=1",
                "gs://user@abc/x",
                "gs://a123456789b123456789c123456789d123456789e123456789f123456789abcd"
            })
    void refusesABucketThatCanNotBe(String folder) {
        assertThatThrownBy(() -> FileLocation.of(folder))
                .isInstanceOf(InvalidValue.class)
                .hasMessageStartingWith("folder: '" + folder + "' (expected: gs://BUCKET or gs://BUCKET/PREFIX, the")
                .hasMessageContaining("3 to 63 lower case letters");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "gs://abc//",
                "gs://abc//x",
                "gs://abc/x//y",
                "gs://abc/x//",
                "gs://abc/./x",
                "gs://abc/../x",
                "gs://abc/x?y=1",
                "gs://abc/x#1",
                "gs://abc/*.csv",
                "gs://abc/x\ny"
            })
    void refusesAPrefixThatIsNoneOrAPattern(String folder) {
        assertThatThrownBy(() -> FileLocation.of(folder))
                .isInstanceOf(InvalidValue.class)
                .hasMessageContaining("wildcards belong into the pattern of an endpoint");
    }

    @Test
    void refusesAPrefixThatIsLongerThanNamesOfObjects() {
        assertThat(FileLocation.of("gs://abc/" + "é".repeat(511))).isInstanceOf(FileLocation.Bucket.class);
        assertThatThrownBy(() -> FileLocation.of("gs://abc/" + "é".repeat(512))).isInstanceOf(InvalidValue.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "s3://abc/x",
                "GS://abc/x",
                "gs:/abc",
                "file:///data",
                "https://example.com/x",
                "abfss://c@a/x"
            })
    void refusesWhatNothingReads(String folder) {
        assertThatThrownBy(() -> FileLocation.of(folder))
                .isInstanceOf(InvalidValue.class)
                .hasMessage("folder: '" + folder
                        + "' (expected: a folder, or gs://BUCKET/PREFIX for a bucket of Cloud Storage; the key web is"
                        + " for files at http and https, the key sftp for those of a server of SFTP)");
    }
}

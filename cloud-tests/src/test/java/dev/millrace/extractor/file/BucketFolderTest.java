package dev.millrace.extractor.file;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.cloud.NoCredentials;
import com.google.cloud.storage.Storage;
import com.sun.net.httpserver.HttpServer;
import dev.millrace.gcp.CloudStorage;
import dev.millrace.gcp.GcpConfig;
import dev.millrace.pipeline.file.FileLocation;
import dev.millrace.pipeline.file.Glob;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What servers do that aren't Google's. */
class BucketFolderTest {
    @Test
    void whatIsListedOutsideThePrefixIsNoneOfItsFilesAndOneWithoutASizeIsEmpty() throws Exception {
        byte[] list = """
                {"kind": "storage#objects", "items": [
                  {"name": "x", "bucket": "b", "generation": "1", "size": "1", "crc32c": "AAAAAA=="},
                  {"name": "theirs/1.csv", "bucket": "b", "generation": "1", "size": "1", "crc32c": "AAAAAA=="},
                  {"name": "school/1.csv", "bucket": "b", "generation": "1", "crc32c": "AAAAAA=="}]}""".getBytes(StandardCharsets.UTF_8);
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            exchange.getResponseHeaders().add("Content-Type", "application/json");
            exchange.sendResponseHeaders(200, list.length);
            exchange.getResponseBody().write(list);
            exchange.close();
        });
        server.start();
        URI url = URI.create("http://127.0.0.1:" + server.getAddress().getPort());
        Storage storage = CloudStorage.client(
                new GcpConfig(null, GcpConfig.Authentication.NONE, url, null, null), NoCredentials.getInstance());
        try {
            List<SourceFile> found =
                    new BucketFolder(storage, new FileLocation.Bucket("b", "school/")).find(Glob.of("*.csv"));
            assertThat(found).hasSize(1);
            assertThat(found.getFirst().name()).isEqualTo("gs://b/school/1.csv");
            assertThat(found.getFirst().size()).isZero();
        } finally {
            storage.close();
            server.stop(0);
        }
    }
}

package dev.millrace.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.problem.ErrorCode;
import dev.millrace.task.Step;
import dev.millrace.task.Task;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.json.tree.JsonNode;
import java.net.http.HttpRequest;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Files that are sent for a table. */
class UploadsTest extends GatewayTests {
    private GatewayUnderTest gateway;

    UploadsTest() {
        super("shop", """
                version: 1
                name: shop
                source: {type: files, folder: data}
                endpoints:
                  orders:
                    files: {pattern: "*.csv", format: {type: csv}}
                    destination: {table: shop.orders, write: replace}
                    schema: [{name: id, type: INTEGER}]
                  items:
                    files: {pattern: "*.csv", format: {type: csv}}
                    destination: {table: other.items, write: replace}
                    schema: [{name: id, type: INTEGER}]
                  more_items:
                    files: {pattern: "*.csv", format: {type: csv}}
                    destination: {table: shop.items, write: replace}
                    schema: [{name: id, type: INTEGER}]
                """);
    }

    @BeforeEach
    void start() {
        gateway = gateway(Map.of("millrace.gateway.upload.max-bytes", 100));
    }

    private GatewayUnderTest.Answer send(String file, String content, String query, @Nullable String key) {
        HttpRequest.Builder request = gateway.request("/upload" + query)
                .header("Content-Type", "multipart/form-data; boundary=line")
                .POST(HttpRequest.BodyPublishers.ofString(
                        "--line\r\nContent-Disposition: form-data; name=\"file\"; filename=\"" + file
                                + "\"\r\nContent-Type: text/csv\r\n\r\n" + content + "\r\n--line--\r\n"));
        if (key != null) {
            request.header("Idempotency-Key", key);
        }
        return gateway.send(request);
    }

    /** Answered when its run has ended. */
    private CompletableFuture<GatewayUnderTest.Answer> sending(String file, String content, @Nullable String key) {
        return CompletableFuture.supplyAsync(
                () -> send(file, content, "", key), task -> Thread.ofVirtual().start(task));
    }

    /** Files that were sent. */
    private List<String> staged() {
        return services.staging().list("runs/").stream()
                .filter(name -> name.endsWith("/upload"))
                .toList();
    }

    private void load(int rows, int rejected) {
        services.finish(services.next(Step.EXTRACT), rows, 0);
        services.finish(services.next(Step.TRANSFORM), rows, rejected);
        services.commit(services.next(Step.LOAD), rows - rejected);
    }

    @Test
    void theSameFileWithTheSameKeyIsLoadedOnce() throws Exception {
        CompletableFuture<GatewayUnderTest.Answer> first = sending("orders_1.csv", "id\n1\n2\n", "a");
        load(2, 1);

        GatewayUnderTest.Answer loaded = first.get(30, TimeUnit.SECONDS);
        assertThat(loaded.status()).isEqualTo(200);
        assertThat(loaded.text("result")).isEqualTo("PARTIAL");
        assertThat(loaded.text("nrows_inserted")).isEqualTo("1");
        GatewayUnderTest.Answer again = send("orders_1.csv", "id\n1\n2\n", "", "a");
        assertThat(again.status()).isEqualTo(200);
        assertThat(again.text("run")).isEqualTo(loaded.text("run"));
        assertThat(again.text("nrows_failed")).isEqualTo("1");
        assertThat(services.hasTask(Step.EXTRACT)).isFalse();

        List<String> before = staged();
        GatewayUnderTest.Answer other = send("orders_1.csv", "id\n1\n3\n", "", "a");
        assertThat(other.text("code")).isEqualTo(ErrorCode.IDEMPOTENCY_KEY_REUSED.name());
        assertThat(staged()).isSubsetOf(before); // which is deleted when the run is archived
    }

    @Test
    void aKeyOfWhichNothingWasLoadedLoadsAnew() throws Exception {
        CompletableFuture<GatewayUnderTest.Answer> first = sending("orders.csv", "id\n1\n", "b");
        services.fail(services.next(Step.EXTRACT), ErrorCode.UPLOAD_REFUSED, "orders.csv has no rows");
        GatewayUnderTest.Answer refused = first.get(30, TimeUnit.SECONDS);
        assertThat(refused.status()).isEqualTo(422);
        assertThat(refused.text("code")).isEqualTo("UPLOAD_REFUSED");
        assertThat(refused.text("run")).isNotEmpty();

        CompletableFuture<GatewayUnderTest.Answer> second = sending("orders.csv", "id\n1\n", "b");
        load(1, 0);
        assertThat(second.get(30, TimeUnit.SECONDS).text("result")).isEqualTo("OK");
    }

    @Test
    void filesForOneTableAreReadAtOnceBesideARunOfTheEndpointAndLoadedInTurn() throws Exception {
        gateway.post("/api/v1/pipelines/shop/endpoints/orders/runs", "{}");
        Task ofRun = services.next(Step.EXTRACT);
        List<CompletableFuture<GatewayUnderTest.Answer>> both =
                List.of(sending("orders_1.csv", "id\n1\n", null), sending("orders_2.csv", "id\n2\n", null));
        List<Task> extractions = List.of(services.next(Step.EXTRACT), services.next(Step.EXTRACT));
        extractions.forEach(task -> services.finish(task, 1, 0));
        services.finish(services.next(Step.TRANSFORM), 1, 0);
        services.finish(services.next(Step.TRANSFORM), 1, 0);

        Task load = services.next(Step.LOAD);
        assertThat(services.hasTask(Step.LOAD)).isFalse();
        services.commit(load, 1);
        services.commit(services.next(Step.LOAD), 1);
        for (CompletableFuture<GatewayUnderTest.Answer> each : both) {
            assertThat(each.get(30, TimeUnit.SECONDS).text("result")).isEqualTo("OK");
        }
        gateway.post("/api/v1/runs/" + ofRun.run() + "/cancel", "");
    }

    @Test
    void aRequestThatCantBeTakenLeavesNothing() {
        List<String> before = staged();
        assertThat(send("orders.csv", "id\n" + "1\n".repeat(200), "", null).text("code"))
                .isEqualTo("BODY_TOO_LARGE");
        assertThat(send("orders.csv", "", "", null).text("detail"))
                .isEqualTo("orders.csv is empty (expected: 1 to 1000 rows)");
        assertThat(send("items.csv", "id\n1\n", "", null).text("detail"))
                .contains(
                        "begins with the name of several tables: other.items (shop/items), shop.items (shop/more_items)");
        assertThat(send("orders.csv", "id\n1\n", "?table=shop.none", null).text("detail"))
                .isEqualTo("no table 'shop.none' (expected: one of [other.items, shop.items, shop.orders])");
        assertThat(send("orders.csv", "id\n1\n", "?dryRun=yes", null).text("detail"))
                .isEqualTo("dryRun: 'yes' (expected: true or false)");
        assertThat(send("orders.csv", "id\n1\n", "?dryrun=true", null).text("detail"))
                .isEqualTo("parameter 'dryrun' (expected: dryRun or table)");
        JsonNode noted = Objects.requireNonNull(
                gateway.get("/api/v1/audit?limit=1").body().get("entries"));
        assertThat(Objects.requireNonNull(Objects.requireNonNull(noted.get(0)).get("path"))
                        .getStringValue())
                .isEqualTo("/upload");
        assertThat(send("orders.csv", "id\n1\n", "", " ").text("detail")).startsWith("Idempotency-Key: ");
        assertThat(gateway.post("/upload", "{}").status()).isEqualTo(415);
        assertThat(gateway.send(
                                gateway.request("/upload")
                                        .header("Content-Type", "multipart/form-data; boundary=line")
                                        .POST(
                                                HttpRequest.BodyPublishers.ofString(
                                                        "--line\r\nContent-Disposition: form-data; name=\"other\"\r\n\r\nid\r\n--line--\r\n")))
                        .text("detail"))
                .isEqualTo("file: missing (expected: a part with a file)");
        assertThat(gateway.send(
                                gateway.request("/upload")
                                        .header("Content-Type", "multipart/form-data; boundary=line")
                                        .POST(
                                                HttpRequest.BodyPublishers.ofString(
                                                        "--line\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\nid\r\n--line--\r\n")))
                        .status())
                .isEqualTo(400);
        String part = "--line\r\nContent-Disposition: form-data; name=\"file\"; filename=\"jobs.csv\"\r\n\r\n1,a\r\n";
        assertThat(gateway.send(gateway.request("/upload")
                                .header("Content-Type", "multipart/form-data; boundary=line")
                                .POST(HttpRequest.BodyPublishers.ofString(part + part + "--line--\r\n")))
                        .text("detail"))
                .isEqualTo("file: 2 parts (expected: one; send each file by a request of its own)");
        assertThat(services.hasTask(Step.EXTRACT)).isFalse();
        assertThat(staged()).isSubsetOf(before);
    }
}

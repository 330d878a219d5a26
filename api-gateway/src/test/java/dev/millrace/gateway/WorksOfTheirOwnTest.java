package dev.millrace.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.task.CommittedCursor;
import dev.millrace.task.Outcome;
import dev.millrace.task.Step;
import dev.millrace.task.Task;
import dev.millrace.task.Work;
import org.junit.jupiter.api.Test;

/** What an extractor of an earlier version would overlook is asked for by a work that it doesn't know, and refuses. */
class WorksOfTheirOwnTest extends GatewayTests {
    private static final String OF_FILES = """
            version: 1
            name: shop
            source: {type: files, folder: /srv/shop}
            endpoints:
              orders:
                files: {pattern: "*.csv", format: {type: csv}, read: new}
                destination: {table: shop.orders, write: append}
                schema: [{name: id, type: INTEGER}]
              customers:
                files: {pattern: "*.csv", format: {type: csv}}
                destination: {table: shop.customers, write: replace}
                schema: [{name: id, type: INTEGER}]
            """;

    WorksOfTheirOwnTest() {
        super("shop", OF_FILES);
    }

    @Test
    void filesThatAreReadOnceAre() {
        services.tellCursor("orders", "7");
        GatewayUnderTest gateway = gateway();
        gateway.post("/api/v1/pipelines/shop/endpoints/orders/runs", "{}");

        Task first = services.next(Step.EXTRACT);
        assertThat(first.work())
                .isInstanceOfSatisfying(
                        Work.ExtractNew.class,
                        work -> assertThat(work.increment().committed()).isEqualTo(new CommittedCursor("7")));
        services.tellCursor("orders", "8");
        assertThat(services.report(first, new Outcome.Released())).isEqualTo(200);
        assertThat(services.next(Step.EXTRACT).work())
                .as("of the attempt after it, which begins where the first one did")
                .isEqualTo(first.work());
    }

    @Test
    void thoseOfWhichAllAreReadAreNone() {
        GatewayUnderTest gateway = gateway();
        gateway.post("/api/v1/pipelines/shop/endpoints/customers/runs", "{}");

        assertThat(services.next(Step.EXTRACT).work()).isInstanceOf(Work.Extract.class);
    }
}

package dev.millrace.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.gateway.store.embedded.CutDisk;
import dev.millrace.task.Step;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What a gateway has told somebody, its run database in H2 knows after a power cut. */
class PowerCutTest extends SchoolTests {
    private Path database = Path.of("");

    @Override
    Map<String, Object> newDatabase(Path file) {
        database = file;
        return Map.of("url", CutDisk.url(file));
    }

    @Test
    void whatWasAnsweredIsThereAfterAPowerCutAtThatMoment() {
        GatewayUnderTest gateway = newGateway(Map.of());
        Random random = new Random(1);
        List<Path> afterAcceptance = new ArrayList<>();
        List<String> runs = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            runs.add(start(gateway));
            afterAcceptance.add(cut(random));
            services.finish(services.next(Step.EXTRACT), 100, 0);
            services.finish(services.next(Step.TRANSFORM), 100, 0);
            services.commit(services.next(Step.LOAD), 100);
        }
        Path afterTheLastReport = cut(random);

        for (int i = 0; i < runs.size(); i++) {
            assertThat(status(afterAcceptance.get(i), runs.get(i))).isEqualTo(200);
        }
        try (GatewayUnderTest after = on(afterTheLastReport)) {
            for (String run : runs) {
                assertThat(state(after, run)).isEqualTo("SUCCEEDED");
            }
        }
    }

    private Path cut(Random random) {
        Path copy = folder.resolve("cut-" + random.nextInt(Integer.MAX_VALUE));
        CutDisk.cut(database, copy, random);
        return copy;
    }

    private int status(Path copy, String run) {
        try (GatewayUnderTest after = on(copy)) {
            return after.get("/api/v1/runs/" + run).status();
        }
    }

    private GatewayUnderTest on(Path copy) {
        return GatewayUnderTest.start(
                folder, services, h2(copy), Clock.systemUTC(), Map.of("millrace.gateway.poll", "1h"));
    }
}

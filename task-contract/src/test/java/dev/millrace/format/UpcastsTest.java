package dev.millrace.format;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.pipeline.Endpoint;
import dev.millrace.pipeline.Missing;
import dev.millrace.pipeline.file.FileRead;
import dev.millrace.pipeline.file.FileSelection;
import dev.millrace.pipeline.rest.Pagination;
import dev.millrace.pipeline.rest.RestRead;
import io.micronaut.core.type.Argument;
import io.micronaut.json.tree.JsonNode;
import io.micronaut.serde.ObjectMapper;
import java.io.IOException;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** Parts of documents that have no sample of their own; those that have one are {@link ReleasedMessagesTest}'s. */
class UpcastsTest {
    private static final String REST =
            "\"destination\":{\"type\":\"table\",\"table\":\"shop.rows\",\"write\":\"REPLACE\"},"
                    + "\"schema\":[{\"name\":\"id\",\"type\":\"INTEGER\"}]}";

    private static Endpoint endpoint(String keys) throws IOException {
        ObjectMapper json = ObjectMapper.getDefault();
        JsonNode tree = Objects.requireNonNull(json.readValue("{" + keys + "," + REST, Argument.of(JsonNode.class)));
        return new DocumentReader("Endpoint", json).read(Endpoint.class, tree);
    }

    @Test
    void anEndpointThatHadFilesOrARequestBesideEachOtherReadsOneOfThem() throws IOException {
        Endpoint files = endpoint("\"request\":null,\"files\":{\"pattern\":\"*\",\"format\":{\"type\":\"ndjson\"}},"
                + "\"records\":\"data\",\"pagination\":{\"type\":\"none\"}");
        Endpoint api = endpoint("\"request\":{\"path\":\"/rows\"},\"files\":null,\"records\":\"data\","
                + "\"pagination\":{\"type\":\"link\"}");

        FileSelection.Format ndjson = new FileSelection.Format.Ndjson();
        assertThat(files.read()).isEqualTo(new FileRead(new FileSelection("*", ndjson, Missing.FAIL), "data"));
        assertThat(api.read()).isInstanceOfSatisfying(RestRead.class, read -> {
            assertThat(read.request().path()).isEqualTo("/rows");
            assertThat(read.records()).isEqualTo("data");
            assertThat(read.pagination()).isInstanceOf(Pagination.Link.class);
        });
        assertThat(api.schema()).hasSize(1);
    }

    @Test
    void anEndpointThatLacksWhatAnotherKindOfSourceHasIsReadLikewise() throws IOException {
        assertThat(endpoint("\"request\":{\"path\":\"/rows\"}").read())
                .isInstanceOfSatisfying(
                        RestRead.class, read -> assertThat(read.pagination()).isInstanceOf(Pagination.None.class));
    }

    @Test
    void anEndpointOfTodayIsTakenAsItIs() throws IOException {
        Endpoint endpoint = endpoint("\"read\":{\"type\":\"rest\",\"request\":{\"path\":\"/rows\"}},\"files\":{}");

        assertThat(endpoint.read()).isInstanceOf(RestRead.class);
    }
}

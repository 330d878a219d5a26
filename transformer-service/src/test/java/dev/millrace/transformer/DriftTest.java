package dev.millrace.transformer;

import static dev.millrace.transformer.Columns.column;
import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.pipeline.Column;
import dev.millrace.pipeline.Flatten;
import dev.millrace.pipeline.Shaping;
import dev.millrace.staging.Drift;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the transformer says of columns that records lack, and of fields that no column reads. */
class DriftTest {
    private static final Column ID = column("id", Column.Type.INTEGER);
    private static final Column EMAIL = column("email", Column.Type.STRING);

    @TempDir
    private static Path folder;

    private static TransformerUnderTest transformer;

    @BeforeAll
    static void start() throws IOException {
        transformer = TransformerUnderTest.start(folder);
    }

    @AfterAll
    static void stop() {
        transformer.close();
    }

    private static Drift drift(List<Column> schema, String... records) throws Exception {
        return drift(new Shaping(schema, null, null, null, List.of()), records);
    }

    private static Drift drift(Shaping shaping, String... records) throws Exception {
        Drift drift = transformer
                .transform(shaping, List.of(TransformerUnderTest.bytes(quoted(records))))
                .manifest()
                .drift();
        assertThat(drift).isNotNull();
        return drift;
    }

    private static String[] quoted(String... records) {
        return Stream.of(records).map(record -> record.replace('\'', '"')).toArray(String[]::new);
    }

    private static Drift.Seen seen(String name, long records, long of) {
        return new Drift.Seen(name, records, of);
    }

    @Test
    void aColumnThatNoRecordHasIsMissingAndAFieldThatNoColumnReadsIsNamed() throws Exception {
        Drift drift = drift(
                List.of(ID, EMAIL),
                "{'id':1,'email_address':'a','phone':5}",
                "{'id':2,'email_address':null}",
                "{'id':3}");
        assertThat(drift)
                .isEqualTo(new Drift(
                        3, List.of("email"), List.of(), List.of(seen("email_address", 2, 3), seen("phone", 1, 3)), 0));
    }

    @Test
    void aFieldThatIsNullOrDoesNotFitIsThere() throws Exception {
        assertThat(drift(List.of(ID, EMAIL), "{'id':1,'email':null}")).isEqualTo(noDrift(1));
        assertThat(drift(List.of(ID), "{'id':'one'}", "{'id':'two'}", "{'id':3}"))
                .isEqualTo(noDrift(3)
                        .with(List.of(new Drift.Change(Drift.Kind.RETYPED, "id", "INTEGER", null, 2, "one"))));
        assertThat(drift(List.of(ID))).isEqualTo(noDrift(0));
        assertThat(drift(List.of(ID), "no JSON", "[1]")).isEqualTo(noDrift(0));
    }

    private static Drift noDrift(long records) {
        return new Drift(records, List.of(), List.of(), List.of(), 0);
    }

    @Test
    void aColumnThatSomeRecordsHaveIsCounted() throws Exception {
        Drift drift = drift(List.of(ID, EMAIL), "{'id':1,'email':'a'}", "{'id':2}", "{'email':'c','id':3}", "{}");
        assertThat(drift.missing()).isEmpty();
        assertThat(drift.partial()).containsExactly(seen("id", 3, 4), seen("email", 2, 4));
    }

    @Test
    void aColumnThatMayBeMissingNeverIs() throws Exception {
        Drift drift = drift(List.of(ID, Columns.optional(EMAIL)), "{'id':1}");
        assertThat(drift.missing()).isEmpty();
        assertThat(drift.partial()).containsExactly(seen("email", 0, 1));
    }

    @Test
    void aPathIsFollowedAsFarAsTheRecordsGo() throws Exception {
        Column city = Columns.at("city", Column.Type.STRING, "address.city");
        assertThat(drift(List.of(ID, city), "{'id':1,'adress':{'city':'Ulm'}}").missing())
                .containsExactly("city");
        assertThat(drift(List.of(ID, city), "{'id':1,'address':{'town':'Ulm'}}"))
                .isEqualTo(new Drift(1, List.of("city"), List.of(), List.of(seen("address.town", 1, 1)), 0));
        // nobody knows what it would have had
        assertThat(drift(List.of(ID, city), "{'id':1,'address':null}").missing())
                .isEmpty();
    }

    @Test
    void columnsWithinRecordsAreCountedInTheObjectsThatThereAre() throws Exception {
        Column lines = Columns.repeated(
                Columns.record("lines", column("sku", Column.Type.STRING), column("price", Column.Type.NUMERIC)));
        assertThat(drift(
                        List.of(ID, lines),
                        "{'id':1,'lines':[{'sku':'a','cost':1},{'sku':'b'}]}",
                        "{'id':2,'lines':[]}"))
                .isEqualTo(new Drift(2, List.of("lines.price"), List.of(), List.of(seen("lines.cost", 1, 2)), 0));
        Column owner = Columns.record("owner", Columns.at("city", Column.Type.STRING, "address.city"));
        assertThat(drift(List.of(ID, owner, EMAIL), "{'id':1,'owner':{'address':null},'email':'a'}")
                        .missing())
                .isEmpty();
        assertThat(drift(List.of(ID, owner, EMAIL), "{'id':1,'owner':{'address':{}}}")
                        .missing())
                .containsExactly("owner.city", "email");
        assertThat(drift(List.of(ID, lines), "{'id':1,'lines':[]}").missing()).isEmpty();
        assertThat(drift(List.of(ID, lines), "{'id':1}").missing()).containsExactly("lines");
    }

    @Test
    void whatIsReadAsJsonIsReadAsAWhole() throws Exception {
        Column address = column("address", Column.Type.JSON);
        Column city = Columns.at("city", Column.Type.STRING, "address.city");
        assertThat(drift(List.of(ID, address, city), "{'id':1,'address':{'city':'Ulm','zip':'89073'}}"))
                .isEqualTo(noDrift(1));
    }

    @Test
    void anArrayThatIsExplodedIsLookedIntoWhereItHasElements() throws Exception {
        Column sku = Columns.at("sku", Column.Type.STRING, "lines.sku");
        Shaping shaping = new Shaping(List.of(ID, sku), "lines", null, null, List.of());
        assertThat(drift(shaping, "{'id':1,'lines':[{'article':'a'},{'article':'b'}]}"))
                .isEqualTo(new Drift(2, List.of("sku"), List.of(), List.of(seen("lines.article", 2, 2)), 0));
        assertThat(drift(shaping, "{'id':1,'lines':[]}", "{'id':2,'lines':null}")
                        .missing())
                .isEmpty();
        assertThat(drift(shaping, "{'id':1,'line':[{'sku':'a'}]}").missing()).containsExactly("sku");
    }

    @Test
    void whatOtherTablesReadOfTheRecordsIsNotMissed() throws Exception {
        Shaping shaping = new Shaping(List.of(ID), null, null, null, List.of())
                .besides(List.of("lines.sku", "customer", "\"a b\".c", "tags[0]"));
        assertThat(drift(
                        shaping,
                        "{'id':1,'lines':[{'sku':'a','x':1}],'customer':{'name':'a'},'a b':{'c':1},'tags':[1],"
                                + "'customers':1,'line':1}"))
                .isEqualTo(new Drift(1, List.of(), List.of(), List.of(seen("customers", 1, 1), seen("line", 1, 1)), 0));
    }

    @Test
    void aFlattenedColumnIsMissingWhereNoneOfItsPathsIsThere() throws Exception {
        Column city = column("address_city", Column.Type.STRING);
        Shaping shaping = new Shaping(List.of(ID, city), null, new Flatten(1, "_"), null, List.of());
        assertThat(drift(shaping, "{'id':1,'address':{'town':'Ulm'}}").missing())
                .containsExactly("address_city");
        assertThat(drift(shaping, "{'id':1,'address':{'city':'Ulm'}}").missing())
                .isEmpty();
        assertThat(drift(shaping, "{'id':1,'address_city':'Ulm'}").missing()).isEmpty();
        assertThat(drift(shaping, "{'id':1,'address':null}").missing()).isEmpty();
    }

    @Test
    void unreadFieldsAreCountedWhateverTheOrderOfNames() throws Exception {
        Drift drift = drift(
                List.of(ID),
                "{'a':1,'id':1,'b':1}",
                "{'a':1,'id':1,'b':1}",
                "{'b':1,'a':1,'id':1}",
                "{'id':1,'c':1,'a':1}",
                "{'a':1}",
                "{'a':1,'id':1,'b':1,'d':1}");
        assertThat(drift.unread()).containsExactly(seen("a", 6, 6), seen("b", 4, 6), seen("c", 1, 6), seen("d", 1, 6));
    }

    @Test
    void unreadFieldsWhoseNamesAreDataAreBounded() throws Exception {
        StringBuilder record = new StringBuilder("{'id':1");
        for (int i = 0; i < 250; i++) {
            record.append(",'k").append(i).append("':1");
        }
        Drift drift = drift(List.of(ID), record.append('}').toString());
        assertThat(drift.unread()).hasSize(Drift.MOST);
        assertThat(drift.unnamed()).isEqualTo(150);
    }

    @Test
    void aFileOfTextsHasJsonInThem() throws Exception {
        List<Column> schema = List.of(ID, column("v", Column.Type.JSON));
        TransformerUnderTest.Result result = transformer.transformTexts(
                schema,
                quoted(
                        "{'id':'1','v':'{\\'a\\': 1, \\'b\\': [2]}'}",
                        "{'id':'2','v':'[1]'}",
                        "{'id':'3','v':'no JSON'}",
                        "{'id':'4','v':null}",
                        "{'id':'5','v':'\\'text\\''}",
                        "{'id':'6','v':''}",
                        "{'id':'7','v':'1,2'}",
                        "{'id':'8','v':'{\\'a\\':1,\\'a\\':2}'}"));
        assertThat(result.column(1)).containsExactly("{\"a\": 1, \"b\": [2]}", "[1]", null, "\"text\"");
        assertThat(result.rejects()).extracting(reject -> reject.row()).containsExactly(3L, 6L, 7L, 8L);
        assertThat(result.rejects().getFirst().reason())
                .isEqualTo("v is not JSON at character 0: 'no' (expected: a value)");
    }
}

package dev.millrace.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.groups.Tuple.tuple;

import dev.millrace.pipeline.file.FileRead;
import dev.millrace.pipeline.file.FileSelection;
import dev.millrace.pipeline.format.Format;
import dev.millrace.pipeline.rest.Auth;
import dev.millrace.pipeline.rest.Condition;
import dev.millrace.pipeline.rest.Pagination;
import dev.millrace.pipeline.rest.RestRead;
import dev.millrace.pipeline.rest.RestSource;
import dev.millrace.pipeline.rest.Retry;
import dev.millrace.problem.Problem.FieldError;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.ZoneId;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class PipelineReaderTest {
    @TempDir
    Path folder;

    @Test
    void readsTheSchoolPipeline() {
        Pipeline pipeline = valid(SampleFiles.text("valid/school.yaml"));

        assertThat(pipeline.name()).isEqualTo("isams");
        assertThat(pipeline.endpoints()).containsOnlyKeys("students", "school_terms", "year_groups");
        assertThat(pipeline.source())
                .isEqualTo(new RestSource(
                        "${secret:isams_api_credentials#API_BASE_URL}",
                        new Auth.OAuth2ClientCredentials(
                                "${secret:isams_api_credentials#TOKEN_URL}",
                                "${secret:isams_api_credentials#CLIENT_ID}",
                                "${secret:isams_api_credentials#CLIENT_SECRET}",
                                null,
                                Auth.OAuth2.ClientAuthentication.BODY,
                                java.util.Map.of()),
                        java.util.Map.of(),
                        new Retry(
                                List.of("429", "502", "503", "504"), 5, Duration.ofSeconds(2), Duration.ofSeconds(60)),
                        null,
                        Duration.ofSeconds(60),
                        List.of(),
                        List.of(),
                        RestSource.Redirects.OWN,
                        null));
        Endpoint students = pipeline.endpoints().get("students");
        assertThat(students).isNotNull();
        assertThat(((RestRead) students.read()).pagination())
                .isEqualTo(new Pagination.Page(
                        "page",
                        "pageSize",
                        1000,
                        1,
                        1,
                        1_000_000,
                        1,
                        new Pagination.Ends(
                                null,
                                null,
                                null,
                                null,
                                null,
                                null,
                                null,
                                Pagination.Ends.Repeats.FAIL,
                                null,
                                100_000_000)));
        assertThat(students.schema().get(1).timezone()).isEqualTo(ZoneId.of("Asia/Singapore"));
        assertThat(students.schema().get(1).onError()).isEqualTo(Column.OnError.NULL);
        assertThat(students.schedule()).isEqualTo("0 6 * * *");
    }

    @Test
    void readsTheHiringFiles() {
        Pipeline pipeline = valid(SampleFiles.text("valid/hiring.yaml"));

        Endpoint departments = pipeline.endpoints().get("departments");
        assertThat(departments).isNotNull();
        assertThat(((FileRead) departments.read()).files())
                .isEqualTo(new FileSelection(
                        "departments*.csv",
                        new Format.Csv(false, List.of(), ",", "UTF-8", 0, null, "\"", null, false),
                        Missing.FAIL));
    }

    @Test
    void reportsEveryErrorOfEveryEndpointWithItsPlace() {
        List<FieldError> errors = errors("""
                version: 1
                name: sample
                source: {type: files, folder: data}
                endpoints:
                  one:
                    files: {pattern: a.csv, format: {type: csv, headers: false}}
                    destination: {table: shop.one, write: replace}
                    schema:
                      - {name: id, type: INT}
                  two:
                    files: {pattern: b.csv, format: {type: cvs}}
                    destination: {table: shop, write: replace}
                    schema:
                      - {name: id, type: INTEGER, mode: required}
                """);

        assertThat(errors)
                .containsExactly(
                        new FieldError(
                                "test.yaml",
                                6,
                                49,
                                "endpoints.one.files.format.headers",
                                "the unknown key headers",
                                "header, if that was meant; allowed: type, header, columns, delimiter, encoding, skip,"
                                        + " comment, quote, escape, trailingDelimiter"),
                        new FieldError(
                                "test.yaml",
                                9,
                                26,
                                "endpoints.one.schema[0].type",
                                "INT",
                                "one of INTEGER, NUMERIC, BIGNUMERIC, FLOAT, BOOLEAN, STRING, BYTES, DATE, TIME, DATETIME,"
                                        + " TIMESTAMP, INTERVAL, JSON, GEOGRAPHY, RECORD"),
                        new FieldError(
                                "test.yaml",
                                11,
                                44,
                                "endpoints.two.files.format.type",
                                "cvs",
                                "one of csv, fixed-width, ndjson, json, xml, excel, parquet, avro, arrow"),
                        new FieldError(
                                "test.yaml",
                                12,
                                26,
                                "endpoints.two.destination.table",
                                "shop",
                                "dataset.table or project.dataset.table, of letters, digits and _"),
                        new FieldError(
                                "test.yaml",
                                14,
                                41,
                                "endpoints.two.schema[0].mode",
                                "required",
                                "REQUIRED, if that was meant; allowed: NULLABLE, REQUIRED, REPEATED"));
    }

    @Test
    void refusesPagesThatNoRequestCanAskFor() {
        List<FieldError> errors = errors("""
                version: 1
                name: sample
                source: {type: rest, baseUrl: "https://example.com"}
                endpoints:
                  offset:
                    request: {path: /}
                    pagination: {type: offset, offset: "", batch: 0, first: 2}
                    destination: {table: a.offset, write: replace}
                    schema: [{name: id, type: INTEGER}]
                  header:
                    request: {path: /}
                    pagination: {type: cursor, from: header, cursor: "x next", in: header, parameter: "x:"}
                    destination: {table: a.header, write: replace}
                    schema: [{name: id, type: INTEGER}]
                  body:
                    request: {path: /}
                    pagination: {type: cursor, cursor: a..b, parameter: " "}
                    destination: {table: a.body, write: replace}
                    schema: [{name: id, type: INTEGER}]
                  url:
                    request: {path: /}
                    pagination: {type: next-url, url: links.}
                    destination: {table: a.url, write: replace}
                    schema: [{name: id, type: INTEGER}]
                  single:
                    request: {path: /, single: true}
                    pagination: {type: link}
                    destination: {table: a.single, write: replace}
                    schema: [{name: id, type: INTEGER}]
                """);

        assertThat(errors)
                .extracting(FieldError::field, FieldError::line)
                .containsExactlyInAnyOrder(
                        tuple("endpoints.offset.pagination.offset", 7),
                        tuple("endpoints.offset.pagination.batch", 7),
                        tuple("endpoints.offset.pagination.first", 7),
                        tuple("endpoints.header.pagination.cursor", 12),
                        tuple("endpoints.header.pagination.parameter", 12),
                        tuple("endpoints.body.pagination.cursor", 17),
                        tuple("endpoints.body.pagination.parameter", 17),
                        tuple("endpoints.url.pagination.url", 22),
                        tuple("endpoints.single.request.single", 26));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "[1]",
                "{",
                "{\"a\":1} x",
                "{\"a\":hunter2}",
                "{\"a\":1,\"a\":2}",
                "{\"a\":${day}}",
                "hunter2",
                ""
            })
    void refusesABodyThatIsNoJsonObjectWithoutQuotingIt(String body) {
        List<FieldError> errors = errors("""
                version: 1
                name: sample
                source: {type: rest, baseUrl: "https://example.com"}
                endpoints:
                  one:
                    request: {path: /, body: '%s'}
                    destination: {table: a.b, write: replace}
                    schema: [{name: id, type: INTEGER}]
                """.formatted(body));

        assertThat(errors).singleElement().satisfies(error -> {
            assertThat(error.field()).isEqualTo("endpoints.one.request.body");
            assertThat(error.line()).isEqualTo(6);
            assertThat(error.expected()).isEqualTo("a JSON object with each name once");
            assertThat(error.toString()).doesNotContain("hunter2");
        });
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{type: page, in: body} | pagination.in | query: the request has no body | ",
                "{type: offset, in: body} | pagination.in | query: the request has no body | ",
                "{type: page, in: body, page: a.b} | pagination.page | a path to a single value of the body: it leads"
                        + " through a value that is no object | {\"a\": 1}",
                "{type: offset, in: body, size: a} | pagination.size | a path to a single value of the body: an object or"
                        + " array stands there | {\"a\": {}}",
                "{type: page, in: header} | pagination.in | one of query, body | {}",
            })
    void refusesACountInABodyThatHasNoPlaceForIt(String pagination, String field, String expected, String body) {
        List<FieldError> errors = errors("""
                version: 1
                name: sample
                source: {type: rest, baseUrl: "https://example.com"}
                endpoints:
                  one:
                    request: {path: /%s}
                    pagination: %s
                    destination: {table: a.b, write: replace}
                    schema: [{name: id, type: INTEGER}]
                """.formatted(body == null ? "" : ", body: '" + body + "'", pagination));

        assertThat(errors)
                .extracting(FieldError::field, FieldError::line, FieldError::expected)
                .containsExactly(tuple("endpoints.one." + field, 7, expected));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"millrace.ledger", "Millrace.rows", "my-project.millrace.rows", "information_schema.tables"})
    void refusesATableInADatasetThatIsNotForLoadedTables(String table) {
        List<FieldError> errors = errors("""
                version: 1
                name: sample
                source: {type: rest, baseUrl: "https://name:word@example.com"}
                endpoints:
                  one:
                    request: {path: /}
                    destination: {table: %s, write: replace}
                    schema: [{name: id, type: INTEGER}]
                """.formatted(table));

        assertThat(errors)
                .extracting(FieldError::field, FieldError::found, FieldError::expected)
                .containsExactly(
                        tuple(
                                "source.baseUrl",
                                "a URL with an @",
                                "an http or https URL with neither user, query nor fragment, whose port is 1 to 65535 if it"
                                        + " has one"),
                        tuple(
                                "endpoints.one.destination.table",
                                table,
                                "another dataset: this one is not for loaded tables"));
    }

    @Test
    void refusesACursorInTheBodyOfARequestWithoutOne() {
        List<FieldError> errors = errors("""
                version: 1
                name: sample
                source: {type: rest, baseUrl: "https://example.com"}
                endpoints:
                  one:
                    request: {path: /}
                    pagination: {type: cursor, cursor: next, in: body, parameter: cursor}
                    destination: {table: a.b, write: replace}
                    schema: [{name: id, type: INTEGER}]
                """);

        assertThat(errors)
                .extracting(FieldError::field, FieldError::line, FieldError::expected)
                .containsExactly(tuple("endpoints.one.pagination.in", 7, "query or header: the request has no body"));
    }

    @Test
    void reportsEveryMissingKeyWhereItsMappingStands() {
        assertThat(errors("version: 1\nendpoints: {}\n"))
                .extracting(FieldError::field, FieldError::line, FieldError::found)
                .containsExactly(tuple("name", 1, "nothing"), tuple("source", 1, "nothing"));
    }

    @Test
    void refusesASourceThatDoesNotSayItsType() {
        assertThat(errors("version: 1\nname: a\nsource: {folder: .}\nendpoints: {}\n"))
                .extracting(FieldError::field, FieldError::line, FieldError::found)
                .contains(tuple("source.type", 3, "nothing"));
    }

    @Test
    void takesTextAsItIsWrittenWhateverYamlWouldMakeOfIt() {
        Endpoint endpoint = endpoint("""
                schema:
                  - {name: yes, type: STRING, default: 007, description: 2026-01-31}
                  - {name: on, type: STRING, default: 1.0}
                  - {name: off, type: STRING, default: 0x1F}
                  - {name: n, type: STRING, default: "null"}
                """);

        assertThat(endpoint.schema()).extracting(Column::name).containsExactly("yes", "on", "off", "n");
        assertThat(endpoint.schema()).extracting(Column::defaultValue).containsExactly("007", "1.0", "0x1F", "null");
        assertThat(endpoint.schema().get(0).description()).isEqualTo("2026-01-31");
    }

    @ParameterizedTest
    @ValueSource(strings = {"schedule:", "schedule: ~", "schedule: null", "records:", "day: null", "rejects:"})
    void refusesAKeyWithNothingAfterIt(String key) {
        assertThat(errors(file(key))).extracting(FieldError::found).containsExactly("nothing");
    }

    @Test
    void takesAnOnErrorOfNullWithAndWithoutQuotes() {
        Endpoint endpoint = endpoint("""
                schema:
                  - {name: a, type: DATE, onError: "null"}
                  - {name: b, type: DATE, onError: null}
                  - {name: c, type: DATE, onError: reject}
                """);

        assertThat(endpoint.schema())
                .extracting(Column::onError)
                .containsExactly(Column.OnError.NULL, Column.OnError.NULL, Column.OnError.REJECT);
    }

    @ParameterizedTest
    @CsvSource({"2s,PT2S", "500ms,PT0.5S", "1m,PT1M", "1h,PT1H", "1m30s,PT1M30S", "\"1h1ms\",PT1H0.001S"})
    void readsDurations(String written, Duration expected) {
        RestSource source = (RestSource) valid(rest("timeout: " + written)).source();

        assertThat(source.timeout()).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(strings = {"2", "2 s", "PT2S", "2S", "-2s", "1.5s", "1s1m", "''", "0s", "s", "[2s]"})
    void refusesWhatIsNoDuration(String written) {
        assertThat(errors(rest("timeout: " + written)))
                .extracting(FieldError::field)
                .containsExactly("source.timeout");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"1.0", "'5'", "0x10", "1_000", "010", "+5", "1e3", "1:30", "five", "9999999999", "[5]", "~"})
    void refusesWhatIsNoWholeNumber(String written) {
        assertThat(errors(rest("retry: {attempts: " + written + "}")))
                .extracting(FieldError::field)
                .containsExactly("source.retry.attempts");
    }

    @ParameterizedTest
    @ValueSource(strings = {"yes", "True", "on", "1", "'true'", "~"})
    void refusesWhatIsNeitherTrueNorFalse(String written) {
        assertThat(errors(file("files: {pattern: a, format: {type: csv, header: " + written + "}}")))
                .extracting(FieldError::field, FieldError::expected)
                .containsExactly(tuple("endpoints.rows.files.format.header", "true or false"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{type: bearer, token: hunter2}",
                "{type: bearer, token: 'x ${secret:a hunter2'}",
                "{type: bearer, token: [hunter2]}",
                "{type: api-key, key: hunter2}",
                "{type: basic, username: me, password: hunter2}",
                "{type: oauth2-client-credentials, tokenUrl: 'https://x', clientId: a, clientSecret: hunter2}"
            })
    void refusesASecretInPlainTextAndDoesNotRepeatIt(String auth) {
        List<FieldError> errors = errors(rest("auth: " + auth));

        assertThat(errors).hasSize(1);
        assertThat(errors.toString()).doesNotContain("hunter2");
        assertThat(errors.getFirst().field()).startsWith("source.auth.");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "${secrets:x}",
                "${secret:}",
                "${secret:x",
                "${day}",
                "${day+1}",
                "${SECRET:x}",
                "${secret:x#}",
                "${}"
            })
    void refusesAReferenceThatIsNone(String reference) {
        assertThat(errors(rest("headers: {x-tenant: '" + reference + "'}")))
                .extracting(FieldError::field)
                .containsExactly("source.headers.x-tenant");
    }

    @Test
    void refusesReferencesWhereNobodyWouldResolveThem() {
        assertThat(errors(file("schedule: '${secret:cron}'")))
                .extracting(FieldError::field, FieldError::found)
                .containsExactly(tuple("endpoints.rows.schedule", "${secret:cron}"));
    }

    @Test
    void refusesAKeyThatIsThereTwice() {
        assertThat(errors(file("schedule: 0 6 * * *\nschedule: 0 7 * * *")))
                .extracting(FieldError::field, FieldError::found)
                .containsExactly(tuple("endpoints.rows.schedule", "the key schedule again"));
    }

    @Test
    void refusesAppendByDayWithTheReason() {
        List<FieldError> errors = errors("""
                version: 1
                name: sample
                source: {type: files, folder: data}
                endpoints:
                  rows:
                    files: {pattern: a.csv, format: {type: csv}}
                    destination: {table: shop.rows, write: append}
                    day: {column: at}
                    schema: [{name: at, type: DATE}]
                """);

        assertThat(errors)
                .containsExactly(new FieldError(
                        "test.yaml",
                        7,
                        44,
                        "endpoints.rows.destination.write",
                        "append",
                        "replace or merge: a day that is loaded again would be appended twice"));
    }

    @Test
    void pointsAtWhatIsWrongWithFilesOnTheWeb() {
        String file = """
                version: 1
                name: sample
                source: {type: files, %s}
                endpoints:
                  rows:
                    files: {pattern: "**/a.csv", format: {type: csv}}
                    destination: {table: shop.rows, write: append}
                    schema: [{name: at, type: DATE}]
                """;

        assertThat(errors(file.formatted("folder: data, web: {urls: [\"https://a.example/b\"]}")))
                .extracting(FieldError::field, FieldError::expected)
                .containsExactly(tuple("source.web", "one of folder, web and sftp"));
        assertThat(errors(file.formatted("web: {urls: []}")))
                .extracting(FieldError::field, FieldError::expected)
                .containsExactly(tuple("source.web", "at least one of them"));
        assertThat(errors(file.formatted(
                        "web: {pages: [\"ftp://a.example\", \"https://me@a.example\"], links: \" \", depth: 11,"
                                + " userAgent: 1, follow: \"[\", headers: {Host: a}, timeout: 0s}")))
                .extracting(FieldError::field)
                .containsExactly(
                        "source.web.pages",
                        "source.web.pages",
                        "source.web.links",
                        "source.web.depth",
                        "source.web.userAgent",
                        "source.web.follow",
                        "source.web.headers.Host",
                        "source.web.timeout");
        assertThat(errors(file.formatted("web: {urls: [\"https://a.example/b\"], depth: 2}")))
                .extracting(FieldError::field, FieldError::expected)
                .containsExactly(tuple("source.web.depth", "nothing without follow, which says what is followed"));
    }

    @Test
    void pointsAtWhatIsWrongWithFilesOnAServerOfSftp() {
        String file = """
                version: 1
                name: sample
                source: {type: files, sftp: {host: files.example.com, user: reader, %s}}
                endpoints:
                  rows:
                    files: {pattern: "*.csv", format: {type: csv}}
                    destination: {table: shop.rows, write: append}
                    schema: [{name: at, type: DATE}]
                """;
        String key = "hostKeys: [\"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGQw2m1a5n0V6b3c4d5e6f7g8h9i0j1k2l3m4n5o6p7q\"]";

        assertThat(errors(file.formatted(key)))
                .extracting(FieldError::field, FieldError::expected)
                .containsExactly(tuple("source.sftp.password", "either password or privateKey"));
        assertThat(errors(file.formatted(key + ", password: \"${secret:a}\", privateKey: \"${secret:b}\"")))
                .extracting(FieldError::field, FieldError::expected)
                .containsExactly(tuple("source.sftp.privateKey", "either password or privateKey"));
        assertThat(errors(file.formatted(key + ", password: \"${secret:a}\", passphrase: \"${secret:b}\"")))
                .extracting(FieldError::field, FieldError::expected)
                .containsExactly(tuple("source.sftp.passphrase", "nothing without privateKey"));
        assertThat(errors(file.formatted(key + ", password: open")))
                .extracting(FieldError::field)
                .containsExactly("source.sftp.password");
        assertThat(
                        errors(
                                file.formatted(
                                        "password: \"${secret:a}\", hostKeys: [\"SHA256:abc\"], port: \"0\", folder: \" \", timeout: 0s")))
                .extracting(FieldError::field)
                .containsExactly(
                        "source.sftp.hostKeys[0]", "source.sftp.port", "source.sftp.folder", "source.sftp.timeout");
        assertThat(errors(file.formatted(("password: \"${secret:a}\", " + key).replace("6p7q", "6p7"))))
                .containsExactly(new FieldError(
                        "test.yaml",
                        3,
                        105,
                        "source.sftp.hostKeys[0]",
                        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGQw2m1a5n0V6b3c4d5e6f7g8h9i0j1k2l3m4n5o6p7",
                        "a type and a whole key, such as ssh-ed25519 AAAAC3NzaC1lZDI1NTE5…, as ssh-keyscan shows them"
                                + " behind the host"));
        assertThat(errors(file.replace("files.example.com", "\"a:22\"").formatted(key + ", password: \"${secret:a}\"")))
                .containsExactly(new FieldError(
                        "test.yaml",
                        3,
                        36,
                        "source.sftp.host",
                        "a:22",
                        "the name or address of a host, without a port and without a scheme"));
        assertThat(errors(file.formatted("password: \"${secret:a}\", hostKeys: []")))
                .extracting(FieldError::field, FieldError::expected)
                .containsExactly(tuple(
                        "source.sftp.hostKeys",
                        "at least one public key of the server, by which it is told from another that only has its"
                                + " address"));
        assertThat(errors(file.replace("sftp:", "folder: data, sftp:").formatted(key + ", password: \"${secret:a}\"")))
                .extracting(FieldError::field, FieldError::expected)
                .containsExactly(tuple("source.sftp", "one of folder, web and sftp"));
    }

    @Test
    void pointsAtAFolderThatNothingReadsAndAtAPatternThatIsNoGlob() {
        List<FieldError> errors = errors("""
                version: 1
                name: sample
                source: {type: files, folder: "s3://school/data"}
                endpoints:
                  rows:
                    files: {pattern: "[a.csv", format: {type: csv}}
                    destination: {table: shop.rows, write: append}
                    schema: [{name: at, type: DATE}]
                """);

        assertThat(errors)
                .containsExactly(
                        new FieldError(
                                "test.yaml",
                                3,
                                31,
                                "source.folder",
                                "s3://school/data",
                                "a folder, or gs://BUCKET/PREFIX for a bucket of Cloud Storage; the key web is for files at http and"
                                        + " https, the key sftp for those of a server of SFTP"),
                        new FieldError(
                                "test.yaml",
                                6,
                                22,
                                "endpoints.rows.files.pattern",
                                "[a.csv",
                                "a glob, with the [ at character 1 to be closed"));
    }

    @Test
    void pointsAtTheSecondEndpointThatReplacesATable() {
        List<FieldError> errors = errors("""
                version: 1
                name: sample
                source: {type: files, folder: data}
                endpoints:
                  one:
                    files: {pattern: a.csv, format: {type: csv}}
                    destination: {table: shop.rows, write: replace}
                    schema: [{name: at, type: DATE}]
                  two:
                    files: {pattern: b.csv, format: {type: csv}}
                    destination: {table: shop.rows, write: append}
                    schema: [{name: at, type: DATE}]
                """);

        assertThat(errors)
                .extracting(FieldError::field, FieldError::line)
                .containsExactly(tuple("endpoints.two.destination.table", 11));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "   \n", "# only a comment\n", "---\n", "just text", "- a list", "42"})
    void refusesAFileThatIsNoPipeline(String text) {
        assertThat(errors(text))
                .hasSize(1)
                .allSatisfy(error -> assertThat(error.field()).isEmpty());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "version: 1\nname: [a\n",
                "version: 1\n\tname: a\n",
                "version: 1\nname: *nowhere\n",
                "version: 1\nname: \"a\n",
                "version: 1\nname: a: b\n",
                "version: 1\n---\nname: a\n",
                "version: 1\nname: a\u0007\n"
            })
    void saysWhereTheYamlIsBroken(String text) {
        List<FieldError> errors = errors(text);

        assertThat(errors).hasSize(1);
        assertThat(errors.getFirst().line()).isGreaterThan(1);
    }

    @Test
    void doesNotQuoteTheLineOfASyntaxError() {
        assertThat(errors("version: 1\npassword: 'hunter2\n").toString()).doesNotContain("hunter2");
    }

    @Test
    void refusesABombOfAliases() {
        String bomb = IntStream.range(1, 10)
                .mapToObj(i -> "a" + i + ": &a" + i + " ["
                        + IntStream.range(0, 10).mapToObj(j -> "*a" + (i - 1)).collect(Collectors.joining(", "))
                        + "]\n")
                .collect(Collectors.joining("", "a0: &a0 [x]\n", ""));

        assertThat(errors(bomb)).hasSize(1);
    }

    @Test
    void refusesDeepNestingAndHugeTexts() {
        assertThat(errors("[".repeat(10_000))).hasSize(1);
        assertThat(errors("#".repeat(6_000_000))).hasSize(1);
    }

    @Test
    void refusesTags() {
        assertThat(errors(file("schedule: !cron 0 6 * * *")))
                .extracting(FieldError::found)
                .containsExactly("the tag !cron");
    }

    @Test
    void readsAnAnchoredSchemaTwice() {
        Pipeline pipeline = valid("""
                version: 1
                name: sample
                source: {type: files, folder: data}
                endpoints:
                  one:
                    files: {pattern: a.csv, format: {type: csv}}
                    destination: {table: shop.one, write: replace}
                    schema: &columns [{name: at, type: DATE}]
                  two:
                    files: {pattern: b.csv, format: {type: csv}}
                    destination: {table: shop.two, write: replace}
                    schema: *columns
                """);

        assertThat(pipeline.endpoints().values()).extracting(Endpoint::schema).containsOnly(List.of(column("at")));
    }

    @Test
    void takesTwoThousandColumns() {
        String columns = IntStream.range(0, 2_000)
                .mapToObj(i -> "  - {name: c" + i + ", type: STRING}\n")
                .collect(Collectors.joining("", "schema:\n", ""));

        assertThat(endpoint(columns).schema()).hasSize(2_000);
    }

    @Test
    void takesRecordsWithinRecordsToBigQuerysLimit() {
        Column column = endpoint("schema: [" + records(15) + "]").schema().getFirst();
        for (int level = 1; level < 15; level++) {
            assertThat(column.type()).isEqualTo(Column.Type.RECORD);
            column = column.fields().getFirst();
        }
        assertThat(column.fields()).extracting(Column::type).containsExactly(Column.Type.STRING);

        assertThat(errors(file("schema: [" + records(16) + "]")))
                .extracting(FieldError::field, FieldError::found)
                .containsExactly(tuple("endpoints.rows.schema[0].fields", "records in more than 15 levels"));
    }

    private static String records(int levels) {
        return "{name: a, type: RECORD, mode: REPEATED, fields: [".repeat(levels)
                + "{name: a, type: STRING}"
                + "]}".repeat(levels);
    }

    @Test
    void countsTheColumnsWithinRecords() {
        String fields = IntStream.range(0, 5_000)
                .mapToObj(i -> "{name: c" + i + ", type: STRING}")
                .collect(Collectors.joining(", "));
        assertThat(errors(file("schema: [{name: a, type: RECORD, fields: [" + fields
                        + "]}, {name: b, type: RECORD, fields: [" + fields + "]}]")))
                .extracting(FieldError::found)
                .containsExactly("10002 columns");
    }

    @ParameterizedTest
    @ValueSource(strings = {"naïve", "😀", "a b", "1a", "a-b", "_TABLE_x", "\"\"", "a.b"})
    void refusesAColumnNameThatBigQueryWouldRefuse(String name) {
        assertThat(errors(file("schema: [{name: " + name + ", type: STRING}]")))
                .extracting(FieldError::field)
                .containsExactly("endpoints.rows.schema[0].name");
    }

    @ParameterizedTest
    @CsvSource({
        "default,type: INTEGER,seven",
        "default,type: NUMERIC,1.2.3",
        "default,type: BOOLEAN,yes",
        "default,type: DATE,never",
        "timezone,type: TIMESTAMP,UTC",
        "timezone,type: STRING,UTC",
        "timezone,type: DATE,Mars/Base",
        "precision,'type: NUMERIC, scale: 9',39",
        "precision,'type: NUMERIC, scale: 2',32",
        "precision,type: NUMERIC,10",
        "precision,type: INTEGER,3",
        "scale,'type: NUMERIC, precision: 20',10",
        "scale,type: NUMERIC,2",
        "onError,'mode: REQUIRED, type: DATE','null'",
        "format,type: STRING,['%d']",
    })
    void refusesAKeyOfAColumnThatDoesNotFitItsType(String key, String type, String value) {
        assertThat(errors(file(
                        "schema: [{name: id, " + type + ", " + key.replaceFirst("\\[.*", "") + ": " + value + "}]")))
                .extracting(FieldError::field)
                .containsExactly("endpoints.rows.schema[0]." + key);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "STRING | decimal: ','| decimal | nothing: only the types of numbers have it, and STRING is none",
                "NUMERIC | decimal: ';' | decimal | a point or a comma",
                "NUMERIC | decimal: '' | decimal | a point or a comma",
                "BOOLEAN | thousands: '_' | thousands | nothing: only the types of numbers have it, and BOOLEAN is none",
                "NUMERIC | thousands: '.' | thousands | another character than the decimal separator",
                "NUMERIC | decimal: ',', thousands: ',' | thousands | another character than the decimal separator",
                "NUMERIC | thousands: '000' | thousands | one point, comma, blank",
                "NUMERIC | thousands: 5 | thousands | one point, comma, blank",
                "BOOLEAN | trueValues: [ja] | falseValues | at least one text: the other list has some",
                "BOOLEAN | falseValues: [nein] | trueValues | at least one text: the other list has some",
                "BOOLEAN | trueValues: [ja], falseValues: [nein, JA] | falseValues[1] | a text that isn't in trueValues",
                "BOOLEAN | nullMarkers: [Nein], trueValues: [ja], falseValues: [nein] | nullMarkers[0] | a text that is in neither",
                "STRING | nullMarkers: ['', 'x '], trim: true | nullMarkers[1] | a text without white space at its ends",
                "STRING | nullMarkers: [null] | nullMarkers[0] | a text",
                "STRING | nullMarkers: NULL | nullMarkers | a list",
                "JSON | trim: true | trim | nothing: JSON is taken as it was sent",
                "STRING | nullMarker: [x] | nullMarker | nullMarkers",
                "RECORD, fields: [{name: b, type: DATE}] | thousands: ';' | thousands | one point, comma, blank"
            })
    void refusesTextsThatMeanNothingForTheColumn(String type, String texts, String key, String expected) {
        assertThat(errors(file("schema: [{name: a, type: " + type + ", texts: {" + texts + "}}]")))
                .singleElement()
                .satisfies(error -> {
                    assertThat(error.field()).isEqualTo("endpoints.rows.schema[0].texts." + key);
                    assertThat(error.expected()).contains(expected);
                });
    }

    @Test
    void refusesTextsOfAColumnThatIsNotReadAndOfABucket() {
        assertThat(errors(file("files: {pattern: a, format: {type: ndjson}}\ntexts: {trim: true}\nschema: []")
                        .replace("{table: shop.rows, write: replace}", "{type: bucket, bucket: lake, key: a/b}")))
                .extracting(FieldError::field, FieldError::expected)
                .containsExactly(tuple("endpoints.rows.texts", "nothing: a bucket gets the records as they are"));
        assertThat(
                        errors(
                                file(
                                        "schema: [{name: id, type: INTEGER}, {name: b, type: BOOLEAN, expression: id > 0,"
                                                + " texts: {nullMarkers: [x]}}, {name: s, type: STRING, texts: {trueValues: [a], falseValues: [b]}}]")))
                .extracting(FieldError::field, FieldError::expected)
                .containsExactly(
                        tuple("endpoints.rows.schema[1].texts", "nothing: the value isn't read from the record"),
                        tuple("endpoints.rows.schema[2].texts.trueValues", "nothing: only BOOLEAN has such texts"),
                        tuple("endpoints.rows.schema[2].texts.falseValues", "nothing: only BOOLEAN has such texts"));
    }

    @Test
    void handsTextsDownToTheColumnsAndFieldsThatSayNothingOfThem() {
        Endpoint endpoint = endpoint("""
                texts: {nullMarkers: ["", NULL text], trim: true, decimal: ","}
                schema:
                  - {name: a, type: STRING}
                  - {name: b, type: STRING, texts: {}}
                  - {name: c, type: INTEGER, expression: "1"}
                  - name: d
                    type: RECORD
                    texts: {thousands: "'"}
                    fields: [{name: e, type: NUMERIC}, {name: f, type: NUMERIC, texts: {decimal: ","}}]
                  - {name: g, type: RECORD, fields: [{name: h, type: DATE}]}
                """);
        TextRules ofEndpoint = new TextRules(List.of("", "NULL text"), true, ",", null, List.of(), List.of());
        TextRules nothing = new TextRules(List.of(), false, ".", null, List.of(), List.of());
        List<Column> read = endpoint.shaping().schema();

        assertThat(read)
                .extracting(Column::texts)
                .containsExactly(
                        ofEndpoint,
                        nothing,
                        null,
                        new TextRules(List.of(), false, ".", "'", List.of(), List.of()),
                        ofEndpoint);
        assertThat(read.get(3).fields())
                .extracting(Column::texts)
                .containsExactly(read.get(3).texts(), new TextRules(List.of(), false, ",", null, List.of(), List.of()));
        assertThat(read.get(4).fields()).extracting(Column::texts).containsExactly(ofEndpoint);
        assertThat(endpoint.schema().getFirst().texts()).isNull();
    }

    /** The keys of a REST endpoint, its request without the path among them. */
    private static String rest(String source, String request, String pagination) {
        return """
                version: 1
                name: sample
                source: {type: rest, baseUrl: "https://example.com"%s}
                endpoints:
                  rows:
                    request: {path: %s}
                    pagination: {type: %s}
                    destination: {table: shop.rows, write: append}
                    schema: [{name: id, type: INTEGER}]
                """.formatted(
                        source, request.startsWith("?") ? "'/rows" + request + "'" : "/rows" + request, pagination);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                " | page, page: p, size: p | pagination.size | another one than page",
                " | offset, offset: p, size: p | pagination.size | another one than offset",
                ", query: {page: 3} | page | request.query.page | nothing: the pagination's page sets this parameter",
                ", query: {pageSize: 3} | page | request.query.pageSize | nothing: the pagination's size sets",
                ", query: {offset: 3} | offset | request.query.offset | nothing: the pagination's offset sets",
                ", query: {limit: 3} | cursor, cursor: c, parameter: p, size: limit, batch: 5 | request.query.limit | nothing: the pagination's size",
                "?a=1&page=2 | page | request.path | nothing: the pagination's page sets this parameter",
                ", body: '{\"a\": \"text\"}' | cursor, cursor: c, in: body, parameter: a.b | pagination.parameter | it leads through a value that is no object",
                ", body: '{\"a\": {\"b\": 1}}' | cursor, cursor: c, in: body, parameter: a | pagination.parameter | an object or array stands there",
                ", body: '{\"a\": [1]}' | cursor, cursor: c, in: body, parameter: 'a[1]' | pagination.parameter | an array on the way is too short",
                ", body: '{}' | cursor, cursor: c, in: body, parameter: 'a[0]' | pagination.parameter | the body has no such array",
                ", body: '{\"a.b\": 1, \"a\": {\"b\": 1}}' | cursor, cursor: c, in: body, parameter: a.b | pagination.parameter | it is there twice",
                " | page, hasMore: x, isLast: x | pagination.isLast | another field than hasMore",
                " | page, total: t, totalHeader: x-t | pagination.totalHeader | either a path or a header",
                " | page, pages: t, pagesHeader: x-t | pagination.pagesHeader | either a path or a header",
                " | page, totalCap: 100 | pagination.totalCap | total or totalHeader beside it",
                " | page, maxPages: 0 | pagination.maxPages | 1 or more",
                " | link, maxRecords: 0 | pagination.maxRecords | 1 or more",
                " | page, parallel: 2 | pagination.parallel | 1, or a total",
                " | link, hasMore: $.more | pagination.hasMore | more, without the $",
                ", endIf: [{status: [404]}] | none | request.endIf | none: without pagination there is no list",
                ", failIf: [{is: [x]}] | none | request.failIf[0].status | a status, a header or a path",
                ", failIf: [{path: a..b}] | none | request.failIf[0].path | names with a point",
                ", failIf: [{path: a, header: b}] | none | request.failIf[0].header | either a header or a path",
                ", failIf: [{path: a, is: [1], not: [2]}] | none | request.failIf[0].not | either is or not",
                ", skipIf: [{status: [99]}] | none | request.skipIf[0].status | HTTP statuses of answers",
                ", retryIf: [{states: [404]}] | none | request.retryIf[0].states | status",
            })
    void refusesWhatContradictsItselfInARequestAndItsPagination(
            String request, String pagination, String field, String expected) {
        assertThat(errors(rest("", String.valueOf(request == null ? "" : request), pagination)))
                .filteredOn(error -> error.field().equals("endpoints.rows." + field))
                .as(String.valueOf(errors(rest("", request == null ? "" : request, pagination))))
                .singleElement()
                .satisfies(error -> assertThat(error.expected()).contains(expected));
    }

    @Test
    void aPagersFurtherKeysStandBesideItsOwn() {
        Endpoint rows = valid(
                        rest(
                                ", retry: {statuses: [404, 5xx]}, redirects: any, rateLimit: {remaining: x-left}",
                                ", body: '{\"a\": [{\"b.c\": null}]}', failIf: [{path: ok, is: [false]}]",
                                "cursor, cursor: c, in: body, parameter: 'a[0].b.c', isLast: done, totalHeader: x-total, maxPages: 7"))
                .endpoints()
                .get("rows");

        assertThat(rows).isNotNull();
        assertThat(((Pagination.Cursor) ((RestRead) rows.read()).pagination()).ends())
                .isEqualTo(new Pagination.Ends(
                        null, "done", null, "x-total", null, null, null, Pagination.Ends.Repeats.FAIL, 7, 100_000_000));
        assertThat(((RestRead) rows.read()).request().failIf())
                .containsExactly(new Condition(List.of(), null, "ok", List.of("false"), List.of()));
        assertThat(errors(rest(", retry: {statuses: [404, 6xx, 99]}", "", "none")))
                .extracting(FieldError::field)
                .containsExactly("source.retry.statuses", "source.retry.statuses");
    }

    @Test
    void refusesWhatIsNoPathWithTheRightFormUnlessItIsTheNameOfACsvField() {
        String file = """
                version: 1
                name: sample
                source: {type: files, folder: data}
                endpoints:
                  rows:
                    files: {pattern: a, format: {type: FORMAT}}
                    explode: a..b
                    destination: {table: shop.rows, write: append}
                    schema:
                      - {name: a, type: STRING, from: $.data.a}
                      - {name: b, type: RECORD, fields: [{name: c, type: STRING, from: "x[*]"}]}
                      - {name: d, type: STRING, from: "Price [EUR]"}
                      - {name: e, type: STRING, from: "a.b"}
                """;

        assertThat(errors(file.replace("FORMAT", "ndjson")))
                .extracting(FieldError::field, FieldError::line, FieldError::found)
                .containsExactlyInAnyOrder(
                        tuple("endpoints.rows.explode", 7, "a..b"),
                        tuple("endpoints.rows.schema[0].from", 10, "$.data.a"),
                        tuple("endpoints.rows.schema[1].fields[0].from", 11, "x[*]"),
                        tuple("endpoints.rows.schema[2].from", 12, "Price [EUR]"));
        Endpoint csv = valid(file.replace("FORMAT", "csv")
                        .replace("    explode: a..b\n", "")
                        .replace("x[*]", "x"))
                .endpoints()
                .get("rows");
        assertThat(csv).isNotNull();
        assertThat(csv.shaping().schema())
                .extracting(Column::path)
                .containsExactly("\"$.data.a\"", "b", "\"Price [EUR]\"", "\"a.b\"");
        assertThat(csv.schema()).extracting(Column::path).containsExactly("$.data.a", "b", "Price [EUR]", "a.b");
    }

    @ParameterizedTest
    @ValueSource(strings = {"%Q", "%U", "%C", "%d/%", "%E", "%E0S", "%E4", "%Ey", "dd/mm/yyyy", ""})
    void refusesAFormatThatBigQueryDoesNotKnow(String format) {
        assertThat(errors(file("schema: [{name: id, type: DATE, format: ['%F', '" + format + "']}]")))
                .extracting(FieldError::field)
                .containsExactly("endpoints.rows.schema[0].format[1]");
    }

    @ParameterizedTest
    @CsvSource({
        "keys: [nowhere],destination.keys",
        "keys: [note],destination.keys",
        "keys: [],destination.keys",
        "'keys: [id, id]',destination.keys",
    })
    void refusesKeysThatCanNotIdentifyARow(String keys, String field) {
        assertThat(errors("""
                        version: 1
                        name: sample
                        source: {type: files, folder: data}
                        endpoints:
                          rows:
                            files: {pattern: a.csv, format: {type: csv}}
                            destination: {table: shop.rows, write: merge, %s}
                            schema: [{name: id, type: INTEGER, mode: REQUIRED}, {name: note, type: STRING}]
                        """.formatted(keys)))
                .extracting(FieldError::field, FieldError::line)
                .containsExactly(tuple("endpoints.rows." + field, 7));
    }

    @Test
    void reportsEverythingThatIsWrongWithOneColumn() {
        assertThat(errors(file("schema: [{name: 1a, type: STRING, timezone: UTC, scale: 2}]")))
                .extracting(FieldError::field)
                .containsExactly(
                        "endpoints.rows.schema[0].name",
                        "endpoints.rows.schema[0].timezone",
                        "endpoints.rows.schema[0].scale");
    }

    @Test
    void saysWhereAnExpressionIsMoreThanOneOrNoneOfItsColumnsType() {
        assertThat(errors("""
                        version: 1
                        name: sample
                        source: {type: files, folder: data}
                        endpoints:
                          rows:
                            files: {pattern: "*", format: {type: ndjson}}
                            destination: {table: shop.rows, write: replace}
                            filter: read_text('/etc/passwd') = name
                            checks:
                              - {name: one, expression: (SELECT 1) = id}
                              - {name: two, expression: twice}
                            schema:
                              - {name: id, type: INTEGER}
                              - {name: name, type: STRING}
                              - {name: twice, type: INTEGER, expression: id * 2}
                              - {name: sum, type: INTEGER, expression: sum(id)}
                              - {name: text, type: STRING, expression: id + 1}
                              - {name: again, type: INTEGER, expression: twice + 1}
                              - {name: attached, type: INTEGER, expression: ATTACH 'x'}
                              - {name: place, type: STRING, expression: nome}
                        """))
                .extracting(error -> error.line() + ":" + error.column() + " " + error.field() + " " + error.found())
                .containsExactly(
                        "8:13 endpoints.rows.filter read_text('/etc/passwd')",
                        "10:33 endpoints.rows.checks[0].expression (SELECT 1)",
                        "11:33 endpoints.rows.checks[1].expression twice, which is BIGINT",
                        "16:48 endpoints.rows.schema[3].expression sum(id)",
                        "17:48 endpoints.rows.schema[4].expression id + 1, which is BIGINT",
                        "18:50 endpoints.rows.schema[5].expression twice",
                        "19:53 endpoints.rows.schema[6].expression ATTACH",
                        "20:49 endpoints.rows.schema[7].expression nome");
    }

    @Test
    void refusesARequestForFilesAndFilesForAnApi() {
        assertThat(errors(file("request: {path: /a}")))
                .extracting(FieldError::field)
                .containsExactly("endpoints.rows.request");
        assertThat(errors(rest("").replace("request: {path: /rows}", "files: {pattern: a, format: {type: json}}")))
                .extracting(FieldError::field, FieldError::found)
                .containsExactly(tuple("endpoints.rows.request", "nothing"), tuple("endpoints.rows.files", "files"));
    }

    @Test
    void readsAFileFromDisk() throws IOException {
        Path file = java.nio.file.Files.writeString(folder.resolve("p.yaml"), SampleFiles.text("valid/school.yaml"));

        assertThat(PipelineReader.read(file)).isInstanceOf(PipelineReader.Result.Valid.class);
    }

    @Test
    void readsAFileWithAByteOrderMark() throws IOException {
        Path file = java.nio.file.Files.writeString(
                folder.resolve("p.yaml"), "\uFEFF" + SampleFiles.text("valid/school.yaml"));

        assertThat(PipelineReader.read(file)).isInstanceOf(PipelineReader.Result.Valid.class);
    }

    @Test
    void saysWhereAFileIsNotUtf8() throws IOException {
        Path file = folder.resolve("p.yaml");
        java.nio.file.Files.write(file, "version: 1\nname: caf\u00e9\n".getBytes(StandardCharsets.ISO_8859_1));

        assertThat(invalid(PipelineReader.read(file)))
                .containsExactly(
                        new FieldError(file.toString(), 2, 10, "", "bytes that are not UTF-8", "text in UTF-8"));
    }

    @Test
    void saysThatAFileIsMissingOrAFolder() {
        assertThat(invalid(PipelineReader.read(folder.resolve("nowhere.yaml")))).hasSize(1);
        assertThat(invalid(PipelineReader.read(folder))).hasSize(1);
    }

    private static Column column(String name) {
        return new Column(
                name,
                Column.Type.DATE,
                Column.Mode.NULLABLE,
                null,
                null,
                List.of(),
                null,
                null,
                ZoneId.of("UTC"),
                null,
                Column.OnError.REJECT,
                Excess.REJECT,
                false,
                null,
                null,
                List.of(),
                null,
                null,
                null,
                false);
    }

    /** A file whose source has {@code keys} beside the others. */
    private static String rest(String keys) {
        return """
                version: 1
                name: sample
                source:
                  type: rest
                  baseUrl: https://example.com/api
                %sendpoints:
                  rows:
                    request: {path: /rows}
                    destination: {table: shop.rows, write: replace}
                    schema: [{name: id, type: INTEGER}]
                """.formatted(keys.indent(2));
    }

    /** A file whose only endpoint has {@code keys} beside, or instead of, the others. */
    private static String file(String keys) {
        StringBuilder text = new StringBuilder("""
                version: 1
                name: sample
                source: {type: files, folder: data}
                endpoints:
                  rows:
                    destination: {table: shop.rows, write: replace}
                """);
        if (!keys.contains("files:")) {
            text.append("    files: {pattern: a.csv, format: {type: csv}}\n");
        }
        if (!keys.contains("schema:")) {
            text.append("    schema: [{name: id, type: INTEGER}]\n");
        }
        return text.append(keys.indent(4)).toString();
    }

    private static Endpoint endpoint(String keys) {
        return valid(file(keys)).endpoints().values().iterator().next();
    }

    private static Pipeline valid(String text) {
        return switch (PipelineReader.read("test.yaml", text)) {
            case PipelineReader.Result.Valid(Pipeline pipeline, List<FieldError> _) -> pipeline;
            case PipelineReader.Result.Invalid(List<FieldError> errors) -> throw new AssertionError(errors);
        };
    }

    private static List<FieldError> errors(String text) {
        return invalid(PipelineReader.read("test.yaml", text));
    }

    private static List<FieldError> invalid(PipelineReader.Result result) {
        return switch (result) {
            case PipelineReader.Result.Valid(Pipeline pipeline, List<FieldError> _) ->
                throw new AssertionError("valid: " + pipeline);
            case PipelineReader.Result.Invalid(List<FieldError> errors) -> errors;
        };
    }

    private static final String TWO = """
            version: 1
            name: two
            source: {type: files, folder: .}
            endpoints:
              one: {files: {pattern: a, format: {type: ndjson}}, destination: {table: shop.one, write: append}, schema: [{name: id, type: INTEGER}]}
              raw: {files: {pattern: b, format: {type: ndjson}}, destination: {type: bucket, bucket: lake, key: a/b}}
            """;

    @Test
    void readsModelsAndBuckets() {
        Pipeline pipeline = valid(TWO + """
                models:
                  last: {after: [first, raw], destination: {table: shop.last, write: append}, sql: SELECT 1 AS n}
                  first: {after: [one], destination: {table: shop.first, write: replace}, sql: SELECT 1 AS n}
                  alone: {destination: {table: shop.alone, write: replace}, sql: SELECT 1 AS n}
                """);
        assertThat(pipeline.derivedAfter(Set.of("one"))).containsExactlyInAnyOrder("first", "last");
        assertThat(pipeline.derivedAfter(Set.of("raw"))).containsExactly("last");
        assertThat(pipeline.derivedAfter(Set.of("alone"))).isEmpty();
        assertThat(pipeline.derivedInOrder()).containsExactlyInAnyOrder("first", "last", "alone");
        assertThat(pipeline.derivedInOrder().indexOf("first"))
                .isLessThan(pipeline.derivedInOrder().indexOf("last"));
        Endpoint raw = pipeline.endpoints().get("raw");
        assertThat(raw).isNotNull();
        assertThat(raw.destination())
                .isEqualTo(new Destination.Bucket(
                        "lake", "a/b", null, Destination.Empty.FAIL, Destination.Bucket.Validate.JSON));
    }

    @ParameterizedTest
    @MethodSource("wrongModels")
    void refusesModelsThatCanNotRun(String models, int line, String field, String found, String expected) {
        assertThat(errors(TWO + "models:\n" + models)).singleElement().satisfies(error -> {
            assertThat(error.line()).isEqualTo(7 + line);
            assertThat(error.column()).isGreaterThan(1);
            assertThat(error.field()).isEqualTo(field);
            assertThat(error.found()).isEqualTo(found);
            assertThat(error.expected()).contains(expected);
        });
    }

    static Stream<Arguments> wrongModels() {
        String rest = "destination: {table: shop.%s, write: replace}, sql: SELECT 1 AS n}\n";
        return Stream.of(
                Arguments.of(
                        "  a: {after: [b], " + rest.formatted("a") + "  b: {after: [a], " + rest.formatted("b"),
                        1,
                        "models.a.after",
                        "a after b after a",
                        "models that don't run after themselves"),
                Arguments.of(
                        "  a: {after: [on], " + rest.formatted("a"),
                        1,
                        "models.a.after[0]",
                        "on",
                        "one, if that was meant"),
                Arguments.of("  one: {" + rest.formatted("a"), 1, "models.one", "one", "an endpoint is called that"),
                Arguments.of(
                        "  a: {" + rest.formatted("t") + "  b: {" + rest.formatted("t"),
                        2,
                        "models.b.destination.table",
                        "shop.t",
                        "a table of its own: model a writes to it too"),
                Arguments.of(
                        "  a: {" + rest.formatted("one"),
                        1,
                        "models.a.destination.table",
                        "shop.one",
                        "a table of its own: endpoint one writes to it too"),
                Arguments.of(
                        "  a: {" + rest.formatted("a").replace("write: replace", "write: merge, keys: [n]"),
                        1,
                        "models.a.destination.write",
                        "merge",
                        "replace or append"));
    }

    @Test
    void readsExportsThatFollowAllTablesOrWhatTheySay() {
        Pipeline pipeline = valid(TWO + """
                models:
                  first: {after: [one], destination: {table: shop.first, write: replace}, sql: SELECT 1 AS n}
                exports:
                  list: {after: [all], destination: {bucket: out, key: list, format: csv, empty: allow}, sql: SELECT 1 AS n}
                  all: {destination: {bucket: out, key: all, format: ndjson}, sql: SELECT 1 AS n}
                """);
        assertThat(pipeline.derived())
                .containsEntry("all", List.of("one", "raw", "first"))
                .containsEntry("list", List.of("all"));
        assertThat(pipeline.derivedInOrder()).containsExactly("first", "all", "list");
        assertThat(pipeline.derivedAfter(Set.of("raw"))).containsExactly("all", "list");
        assertThat(pipeline.exports().get("list"))
                .isNotNull()
                .extracting(export -> export.destination().published())
                .isEqualTo(new Destination.Bucket(
                        "out", "list", null, Destination.Empty.ALLOW, Destination.Bucket.Validate.NONE));
    }

    @Test
    void readsBackupsOfTablesThatThePipelineLoads() {
        Pipeline pipeline = valid(TWO + """
                models:
                  first: {destination: {table: shop.first, write: replace}, sql: SELECT 1 AS n}
                backups:
                  - {table: shop.first, schedule: "30 3 * * *", timezone: Europe/Madrid, format: parquet, keep: 30, keepDays: 90}
                """);
        assertThat(pipeline.backupOf("shop.first"))
                .contains(new ScheduledBackup(
                        "shop.first", "30 3 * * *", ZoneId.of("Europe/Madrid"), BackupFormat.PARQUET, 30, 90));
        assertThat(pipeline.tables()).containsEntry("shop.first", "first");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "table: shop.none, schedule: 0 3 * * * | backups[0].table | shop.none | a table that this pipeline loads",
                "table: shop.first, schedule: daily | backups[0].schedule | daily | five cron fields",
                "table: shop.first, schedule: 0 3 * * *, keep: 0 | backups[0].keep | 0 | at least 1",
                "table: shop.first, schedule: 0 3 * * *, keepDays: 0 | backups[0].keepDays | 0 | at least 1",
                "table: shop.first, schedule: 0 3 * * *, format: csv | backups[0].format | csv | one of avro, parquet",
                "table: shop.first | backups[0].schedule | nothing | a text",
                "table: shop.first, schedule: 0 3 * * *}, {table: shop.first, schedule: 0 4 * * * | backups[1].table | shop.first | each table once",
            })
    void refusesBackupsThatCanNotBeMade(String backup, String field, String found, String expected) {
        assertThat(errors(TWO
                        + "models:\n  first: {destination: {table: shop.first, write: replace}, sql: SELECT 1 AS n}\n"
                        + "backups: [{" + backup + "}]\n"))
                .singleElement()
                .satisfies(error -> {
                    assertThat(error.line()).isEqualTo(9);
                    assertThat(error.field()).startsWith(field);
                    assertThat(error.found()).isEqualTo(found);
                    assertThat(error.expected()).contains(expected);
                });
    }

    @Test
    void refusesAPipelineThatComesAfterItself() {
        assertThat(valid(TWO + "after: [one, other]\n").after()).containsExactly("one", "other");
        assertThat(errors(TWO + "after: [one, two]\n"))
                .containsExactly(new FieldError("test.yaml", 7, 14, "after[1]", "two", "another pipeline"));
        assertThat(errors(TWO + "after: [one, one]\n"))
                .extracting(FieldError::expected)
                .containsExactly("each name once");
    }

    @ParameterizedTest
    @MethodSource("wrongExports")
    void refusesExportsThatCanNotRun(String exports, int line, String field, String found, String expected) {
        assertThat(errors(TWO + "exports:\n" + exports)).singleElement().satisfies(error -> {
            assertThat(error.line()).isEqualTo(7 + line);
            assertThat(error.column()).isGreaterThan(1);
            assertThat(error.field()).isEqualTo(field);
            assertThat(error.found()).isEqualTo(found);
            assertThat(error.expected()).contains(expected);
        });
    }

    static Stream<Arguments> wrongExports() {
        String rest = "destination: {bucket: out, key: %s, format: json}, sql: SELECT 1 AS n}\n";
        return Stream.of(
                Arguments.of(
                        "  a: {after: [b], " + rest.formatted("a") + "  b: {after: [one, a], " + rest.formatted("b"),
                        1,
                        "exports.a.after",
                        "a after b after a",
                        "exports that don't run after themselves"),
                Arguments.of(
                        "  a: {after: [one, on], " + rest.formatted("a"),
                        1,
                        "exports.a.after[1]",
                        "on",
                        "one, if that was meant"),
                Arguments.of(
                        "  one: {" + rest.formatted("a"),
                        1,
                        "exports.one",
                        "one",
                        "an endpoint or model is called that"),
                Arguments.of(
                        "  a: {" + rest.formatted("t") + "  b: {" + rest.formatted("t/b"),
                        2,
                        "exports.b.destination.key",
                        "t/b",
                        "a key of its own: export a publishes to t in the bucket"),
                Arguments.of(
                        "  a: {" + rest.formatted("a/b").replace("bucket: out", "bucket: lake"),
                        1,
                        "exports.a.destination.key",
                        "a/b",
                        "a key of its own: endpoint raw publishes to a/b in the bucket"),
                Arguments.of(
                        "  a: {" + rest.formatted("a").replace("format: json", "format: xml"),
                        1,
                        "exports.a.destination.format",
                        "xml",
                        "one of ndjson, json, csv, parquet, avro"),
                Arguments.of(
                        "  a: {" + rest.formatted("../a"),
                        1,
                        "exports.a.destination.key",
                        "../a",
                        "names with slashes between them"));
    }

    @Test
    void refusesBucketsThatLeadElsewhereOrIntoEachOther() {
        String one =
                "raw: {files: {pattern: b, format: {type: ndjson}}, destination: {type: bucket, bucket: lake, key: a/b}}";
        assertThat(errors(TWO.replace("bucket: lake", "bucket: ../lake")))
                .extracting(FieldError::field)
                .containsExactly("endpoints.raw.destination.bucket");
        assertThat(errors(TWO.replace("key: a/b", "key: a/../b")))
                .extracting(FieldError::field)
                .containsExactly("endpoints.raw.destination.key");
        assertThat(errors(TWO + "  " + one.replace("raw:", "again:").replace("a/b", "a")))
                .extracting(FieldError::expected)
                .containsExactly("a key of its own: endpoint raw publishes to a/b in the bucket");
        assertThat(errors(TWO.replace("key: a/b}", "key: a/b}, schema: [{name: id, type: INTEGER}]")))
                .extracting(FieldError::found)
                .containsExactly("1 columns");
        assertThat(errors(TWO.replace("key: a/b}", "key: a/b}, day: {column: id}")))
                .extracting(FieldError::field)
                .containsExactly("endpoints.raw.day.column");
    }
}

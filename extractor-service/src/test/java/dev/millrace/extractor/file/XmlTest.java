package dev.millrace.extractor.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.millrace.extractor.ExtractorUnderTest;
import dev.millrace.pipeline.Missing;
import dev.millrace.pipeline.file.FileRead;
import dev.millrace.pipeline.file.FileSelection;
import dev.millrace.pipeline.file.FileSource;
import dev.millrace.pipeline.format.Format;
import dev.millrace.problem.ErrorCode;
import dev.millrace.staging.Origin;
import dev.millrace.staging.Reject;
import dev.millrace.task.Work;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** XML, through the extractor. */
class XmlTest {
    private static final Format.Xml PLAIN = new Format.Xml(List.of(), List.of());

    private static ExtractorUnderTest extractor;

    @TempDir
    private Path folder;

    @BeforeAll
    static void start(@TempDir Path service) throws IOException {
        extractor = new ExtractorUnderTest(service, Map.of());
    }

    @AfterAll
    static void stop() {
        extractor.close();
    }

    private ExtractorUnderTest.Result extract(Format.Xml format, String records, Missing missing, byte[] bytes)
            throws Exception {
        Files.write(folder.resolve("a.xml"), bytes);
        return extractor.extract(new Work.Extract(
                new FileSource(folder.toString()),
                new FileRead(new FileSelection("a.xml", format, missing), records),
                List.of(),
                Work.Parts.TO_TRANSFORM));
    }

    private ExtractorUnderTest.Result extract(String records, String text) throws Exception {
        return extract(PLAIN, records, Missing.FAIL, text.getBytes(StandardCharsets.UTF_8));
    }

    private List<String> records(Format.Xml format, String entries) throws Exception {
        ExtractorUnderTest.Result result = extract(
                format, "feed.entry", Missing.FAIL, ("<feed>" + entries + "</feed>").getBytes(StandardCharsets.UTF_8));
        assertThat(extractor.rejects(result)).isEmpty();
        return extractor.records(result);
    }

    private List<String> records(String entries) throws Exception {
        return records(PLAIN, entries);
    }

    private String malformed(String text) throws Exception {
        return extract("feed.entry", text).failure(ErrorCode.SOURCE_MALFORMED);
    }

    private String unreadable(String text) throws Exception {
        return extract("feed.entry", text).failure(ErrorCode.SOURCE_UNREADABLE);
    }

    @Test
    void anElementIsAnObjectOfItsAttributesAndElements() throws Exception {
        assertThat(records("""
                <entry id="1" kind='a "b"'>
                  <name>Köln 😀 &amp; &lt;co&gt; &#xE9;</name>
                  <price currency="EUR"> 12.50 </price>
                  <place><city>Oslo</city><geo lat="59.9"/></place>
                </entry>
                <other/>
                <entry><name>line
                end\\</name></entry>"""))
                .containsExactly(
                        "{\"@id\":\"1\",\"@kind\":\"a \\\"b\\\"\",\"name\":\"Köln 😀 & <co> é\",\"price\":{\"@currency\":\"EUR\","
                                + "\"#text\":\" 12.50 \"},\"place\":{\"city\":\"Oslo\",\"geo\":{\"@lat\":\"59.9\"}}}",
                        "{\"name\":\"line\\nend\\\\\"}");
    }

    @Test
    void elementsOfOneNameAreAnArrayWhereTheFirstOfThemStands() throws Exception {
        assertThat(records("<entry><a>1</a><b>2</b><a>3</a><c><a>4</a><a/></c><a x='5'/></entry>"))
                .containsExactly("{\"a\":[\"1\",\"3\",{\"@x\":\"5\"}],\"b\":\"2\",\"c\":{\"a\":[\"4\",null]}}");
    }

    @Test
    void declaredArraysAndObjectsAreSoHoweverTheyCome() throws Exception {
        Format.Xml declared = new Format.Xml(List.of("lines.line", "tag", "v1.0"), List.of("price", "lines.line"));
        assertThat(records(
                        declared,
                        "<entry><lines><line>a</line></lines><tag/><price>5</price><line>b</line></entry>"
                                + "<entry><lines><line/><line x='1'/></lines><price/><tag>c</tag><tag>d</tag></entry>"
                                + "<entry><lines/><price currency='EUR'>6</price><v1.0>e</v1.0></entry>"))
                .containsExactly(
                        "{\"lines\":{\"line\":[{\"#text\":\"a\"}]},\"tag\":[null],\"price\":{\"#text\":\"5\"},\"line\":\"b\"}",
                        "{\"lines\":{\"line\":[{},{\"@x\":\"1\"}]},\"price\":{},\"tag\":[\"c\",\"d\"]}",
                        "{\"lines\":null,\"price\":{\"@currency\":\"EUR\",\"#text\":\"6\"},\"v1.0\":[\"e\"]}");
    }

    @Test
    void whatIsEmptyIsNullAndWhiteSpaceIsATextWhereThereAreNoElements() throws Exception {
        assertThat(records("<entry><a/><b></b><c><![CDATA[]]></c><d> </d><e f=''/></entry><entry/><entry>only</entry>"))
                .containsExactly(
                        "{\"a\":null,\"b\":null,\"c\":null,\"d\":\" \",\"e\":{\"@f\":\"\"}}",
                        "{}",
                        "{\"#text\":\"only\"}");
    }

    @Test
    void textAmongElementsIsKeptInPieces() throws Exception {
        assertThat(
                        records(
                                "<entry><p>One <b>two</b> three<!-- no --> four<![CDATA[ <five>]]></p><q>\n <b>six</b> seven</q></entry>"))
                .containsExactly(
                        "{\"p\":{\"#text\":[\"One \",\" three four <five>\"],\"b\":\"two\"},\"q\":{\"b\":\"six\",\"#text\":\" seven\"}}");
    }

    @Test
    void namesAreAsTheyAreWrittenAndDeclarationsOfNamespacesAreNoAttributes() throws Exception {
        ExtractorUnderTest.Result result = extract("s:env.s:body.row", """
                <s:env xmlns:s="urn:s"><s:head/><s:body>
                <row xmlns="urn:r" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" s:id="1"><s:a xsi:nil="true"/>
                <b xsi:type="t">x</b></row></s:body></s:env>""");
        assertThat(extractor.records(result))
                .containsExactly("{\"@s:id\":\"1\",\"s:a\":null,\"b\":{\"@xsi:type\":\"t\",\"#text\":\"x\"}}");
    }

    @Test
    void theRootMayBeTheRecordAndRecordsMayStandInSeveralPlaces() throws Exception {
        assertThat(extractor.records(extract("feed", "<feed><a>1</a></feed>"))).containsExactly("{\"a\":\"1\"}");
        assertThat(extractor.records(
                        extract("a.b.c", "<a><b><c>1</c></b><x><c>2</c></x><b><d/><c>3</c><d><c>4</c></d></b></a>")))
                .containsExactly("{\"#text\":\"1\"}", "{\"#text\":\"3\"}");
        assertThat(extractor.records(extract("a.b.c", "<a.b><c>1</c></a.b>"))).containsExactly("{\"#text\":\"1\"}");
    }

    @ParameterizedTest
    @CsvSource({
        "UTF-8, UTF-8",
        "UTF-8, utf-16",
        "UTF-16, UTF-16",
        "UTF-16LE, UTF-16",
        "UTF-16BE, UTF-16",
        "ISO-8859-1, iso-8859-1",
        "windows-1252, windows-1252"
    })
    void readsTheEncodingThatTheBytesOrTheirDeclarationSay(String encoding, String declared) throws Exception {
        String text = "<?xml version='1.0' encoding='" + declared + "'?><feed><entry><a>é</a></entry></feed>";
        assertThat(extractor.records(
                        extract(PLAIN, "feed.entry", Missing.FAIL, text.getBytes(Charset.forName(encoding)))))
                .containsExactly("{\"a\":\"é\"}");
        assertThat(extractor.records(extract("feed.entry", "\uFEFF<feed><entry><a>é</a></entry></feed>")))
                .containsExactly("{\"a\":\"é\"}");
    }

    @Test
    void refusesDocumentTypesAndEntitiesWithoutLookingForAnything() throws Exception {
        Files.writeString(folder.resolve("secret"), "marker");
        String type =
                "a.xml: line 1, column %d: the XML has a document type (DTD), which may name other files, and isn't read"
                        + " (expected: XML without <!DOCTYPE>)";
        assertThat(unreadable("<!DOCTYPE feed [<!ENTITY x SYSTEM '"
                        + folder.resolve("secret").toUri() + "'>]><feed><entry>&x;</entry></feed>"))
                .isEqualTo(type.formatted(1));
        assertThat(unreadable("<?xml version='1.0'?><!DOCTYPE feed SYSTEM 'http://127.0.0.1:1/x.dtd'><feed/>"))
                .isEqualTo(type.formatted(22));
        assertThat(unreadable(
                        "<!DOCTYPE a [<!ENTITY b 'bb'><!ENTITY c '&b;&b;&b;&b;'>]><feed><entry>&c;</entry></feed>"))
                .isEqualTo(type.formatted(1));
        assertThat(unreadable("<feed><entry>\n<a>x&nbsp;y</a></entry></feed>"))
                .isEqualTo(
                        "a.xml: line 2, column 11: the entity &nbsp; (expected: only those that XML knows by itself)");
    }

    @Test
    void saysWhereADocumentIsBroken() throws Exception {
        assertThat(malformed("<feed>\n<entry><a></entry></feed>"))
                .isEqualTo("a.xml: line 2, column 17: not well-formed XML: Unexpected end tag: expected </a>");
        assertThat(malformed("<feed><x:entry/></feed>"))
                .startsWith("a.xml: line 1, column ")
                .contains("'x'");
        assertThat(malformed("<feed><entry a='1' a='2'/></feed>")).contains("Duplicate attributes");
        assertThat(malformed("<feed><entry>\u0001</entry></feed>")).contains("Illegal XML character");
        assertThat(malformed("<feed><entry>&#xD800;</entry></feed>")).contains("line 1, column 22");
        assertThat(malformed("<feed><entry/></feed><feed/>")).contains("Second root element");
        assertThat(malformed("{\"feed\": 1}"))
                .contains("line 1, column 2: not well-formed XML: Unexpected character '{'");
        assertThat(malformed("")).isEqualTo("a.xml: the file is empty (expected: XML)");
        assertThat(unreadable("<?xml version='1.0' encoding='klingon'?><feed/>"))
                .isEqualTo(
                        "a.xml: line 1: the XML declaration names the encoding 'klingon' (expected: one that is known, such"
                                + " as UTF-8)");
        byte[] undefined = {
            '<',
            '?',
            'x',
            'm',
            'l',
            ' ',
            'e',
            'n',
            'c',
            'o',
            'd',
            'i',
            'n',
            'g',
            '=',
            '"',
            'w',
            'i',
            'n',
            'd',
            'o',
            'w',
            's',
            '-',
            '1',
            '2',
            '5',
            '2',
            '"',
            '?',
            '>',
            '\n',
            '<',
            'a',
            '>',
            (byte) 0x81
        };
        assertThat(extract(PLAIN, "a", Missing.FAIL, undefined).failure(ErrorCode.SOURCE_UNREADABLE))
                .isEqualTo("a.xml: line 2: a byte sequence that is not windows-1252");
    }

    /** Among them characters in more bytes than they need, halves of characters, and what no character is. */
    @ParameterizedTest
    @ValueSource(strings = {"e9", "c181", "c080", "eda080", "f4908080", "e08080", "f0808080", "80", "fc", "c3"})
    void refusesBytesThatAreNotUtf8(String hex) throws Exception {
        for (int shift = 0; shift < 9; shift++) {
            ByteArrayOutputStream text = new ByteArrayOutputStream();
            text.writeBytes(("<feed><entry>\n<a>é" + "x".repeat(shift) + "\n").getBytes(StandardCharsets.UTF_8));
            text.writeBytes(HexFormat.of().parseHex(hex));
            text.writeBytes("</a></entry></feed>".getBytes(StandardCharsets.UTF_8));
            assertThat(extract(PLAIN, "feed.entry", Missing.FAIL, text.toByteArray())
                            .failure(ErrorCode.SOURCE_UNREADABLE))
                    .isEqualTo("a.xml: line 3: a byte sequence that is not UTF-8");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "<feed><entry><a>1</a></entry>",
                "<feed><entry><a>1</a></ent",
                "<feed><entry><a>1",
                "<feed><entry a='1",
                "<feed><!-- ",
                "<feed><entry><![CDATA[x"
            })
    void aFileThatEndsEarlyFails(String text) throws Exception {
        assertThat(malformed(text)).isEqualTo("a.xml: line 1, column " + (text.length() + 1) + ": the XML is cut off");
    }

    @Test
    void aFileWithoutARecordFailsUnlessThatIsAllowed() throws Exception {
        String allowed = "; with missing: allow that is a file without records";
        assertThat(malformed("<rss><channel/></rss>"))
                .isEqualTo("a.xml: no element 'feed.entry': the document has rss" + allowed);
        assertThat(malformed("<feed><title>x</title><Entry/><Entry/></feed>"))
                .isEqualTo("a.xml: no element 'feed.entry': <feed> has title, Entry" + allowed);
        assertThat(malformed("<feed/>")).isEqualTo("a.xml: no element 'feed.entry': <feed> has no elements" + allowed);
        assertThat(extractor.records(extract(
                        PLAIN, "feed.entry", Missing.ALLOW, "<feed><title/></feed>".getBytes(StandardCharsets.UTF_8))))
                .isEmpty();
    }

    @Test
    void whatIsTooLargeOrTooDeepIsARejectAndTheNextOneIsRead() throws Exception {
        StringBuilder text = new StringBuilder("<feed>\n<entry><a>");
        text.append("x".repeat(17 * 1024 * 1024)).append("</a></entry>\n<entry>");
        text.append("<a>".repeat(501)).append("</a>".repeat(501)).append("</entry>\n<entry>");
        text.append("<a/>".repeat(1_100_000)).append("</entry>\n<entry>");
        text.append("<a>".repeat(500)).append("</a>".repeat(500)).append("</entry></feed>");
        ExtractorUnderTest.Result result = extract("feed.entry", text.toString());
        assertThat(extractor.rejects(result))
                .extracting(Reject::line, Reject::reason)
                .containsExactly(
                        tuple(2L, "a record of more than the 16777216 characters that are read"),
                        tuple(3L, "a record with elements in more than 500 others"),
                        tuple(4L, "a record of more than the 16777216 characters that are read"));
        assertThat(extractor.records(result)).singleElement().asString().startsWith("{\"a\":{\"a\":{\"a\":");
    }

    @Test
    void aTextThatWouldFillTheMemoryFailsTheRun() throws Exception {
        assertThat(unreadable("<feed><entry><a>" + "x".repeat(33 * 1024 * 1024) + "</a></entry></feed>"))
                .isEqualTo("a.xml: a text or tag of more than 32 MiB, which is the most that is held in memory");
    }

    @Test
    void recordsStandOnTheirLineAndBuffersMayEndAnywhere() throws Exception {
        StringBuilder text = new StringBuilder("<feed>\n");
        for (int i = 0; i < 30_000; i++) {
            text.append("<entry n='")
                    .append(i)
                    .append("'>\n<name>é😀&amp;")
                    .append("x".repeat(i % 7))
                    .append("</name></entry>\n");
        }
        Path packed = folder.resolve("packed");
        try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(packed))) {
            out.write(text.append("</feed>").toString().getBytes(StandardCharsets.UTF_8));
        }
        ExtractorUnderTest.Result result = extract(PLAIN, "feed.entry", Missing.FAIL, Files.readAllBytes(packed));
        List<String> records = extractor.records(result);
        assertThat(records).hasSize(30_000);
        for (int i = 0; i < records.size(); i++) {
            assertThat(records.get(i)).isEqualTo("{\"@n\":\"" + i + "\",\"name\":\"é😀&" + "x".repeat(i % 7) + "\"}");
        }
        assertThat(extractor.manifest(result).parts().getFirst().origin(30_000))
                .isEqualTo(new Origin(30_000, "a.xml", 30_000, 60_000L));
        assertThat(extractor.manifest(result).texts()).isFalse();
    }
}

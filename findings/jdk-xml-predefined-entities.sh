#!/usr/bin/env bash
# Many `&amp;` in one XML document, read by the JDK's own parsers.
#
# Guess:  the limits on entities that the JDK has tightened with version 24 are about entities that a document declares;
#         `&amp;` and `&lt;`, which every document may use and which stand for one character, count for nothing.
# Seen:   with 25.0.3 SAX, DOM and StAX end a document without a DTD at its 100,001st `&amp;`, in text or attribute, with
#         JAXP00010003: each counts as one character of "entity [xml]", whose length has the limit 100,000
#         (jdk.xml.maxGeneralEntitySizeLimit). References by number (`&#38;`) don't count. Aalto and Woodstox read all.
# Source: https://bugs.openjdk.org/browse/JDK-8343006 (the limit was none up to version 23), and
#         https://www.w3.org/TR/xml/#sec-predefined-ent (a processor must recognise these five, declared or not).
# For us: a feed of a few megabytes has as many. Files and answers of XML are read by Aalto.
set -euo pipefail
project=$(cd "$(dirname "$0")/.." && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
for artifact in com.fasterxml:aalto-xml:1.3.3 com.fasterxml.woodstox:woodstox-core:7.1.1 org.codehaus.woodstox:stax2-api:4.2.2; do
  "$project/mvnw" -B -q dependency:copy -Dartifact=$artifact -DoutputDirectory=. >&2
done
. "$project/.mvn/find-jdk.sh"
cat > Read.java <<'END'
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.SAXParserFactory;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamReader;
import org.xml.sax.helpers.DefaultHandler;

class Read {
    interface Parser {
        void parse(ByteArrayInputStream in) throws Exception;
    }

    private static Parser stax(XMLInputFactory factory) {
        factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
        return in -> {
            XMLStreamReader reader = factory.createXMLStreamReader(in);
            while (reader.hasNext()) {
                reader.next();
            }
        };
    }

    private static void say(String name, String element, int count, Parser parser) {
        String text = "<feed>" + element.repeat(count) + "</feed>";
        String outcome;
        try {
            parser.parse(new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)));
            outcome = "read";
        } catch (Exception e) {
            String message = String.valueOf(e.getMessage());
            outcome = message.contains("JAXP00010003") ? "JAXP00010003" : message;
        }
        System.out.println(name + ", " + count + " of " + element + ": " + outcome);
    }

    public static void main(String[] none) {
        Parser sax = in -> SAXParserFactory.newDefaultInstance().newSAXParser().parse(in, new DefaultHandler());
        Parser dom = in -> {
            var builder = DocumentBuilderFactory.newDefaultInstance().newDocumentBuilder();
            builder.setErrorHandler(null);
            builder.parse(in);
        };
        Parser jdk = stax(XMLInputFactory.newDefaultFactory());
        say("StAX", "<e>R&amp;D</e>", 100_000, jdk);
        say("StAX", "<e>R&amp;D</e>", 100_001, jdk);
        say("SAX", "<e>R&amp;D</e>", 100_001, sax);
        say("DOM", "<e>R&amp;D</e>", 100_001, dom);
        say("SAX", "<e of=\"R&amp;D\"/>", 100_001, sax);
        say("StAX", "<e>R&#38;D</e>", 1_000_000, jdk);
        say("Aalto", "<e>R&amp;D</e>", 1_000_000, stax(new com.fasterxml.aalto.stax.InputFactoryImpl()));
        say("Woodstox", "<e>R&amp;D</e>", 1_000_000, stax(new com.ctc.wstx.stax.WstxInputFactory()));
    }
}
END
"$JAVA_HOME/bin/java" -version
"$JAVA_HOME/bin/java" -cp "$(echo *.jar | tr ' ' ':')" Read.java 2>/dev/null | tee seen
diff seen - <<'END'
StAX, 100000 of <e>R&amp;D</e>: read
StAX, 100001 of <e>R&amp;D</e>: JAXP00010003
SAX, 100001 of <e>R&amp;D</e>: JAXP00010003
DOM, 100001 of <e>R&amp;D</e>: JAXP00010003
SAX, 100001 of <e of="R&amp;D"/>: JAXP00010003
StAX, 1000000 of <e>R&#38;D</e>: read
Aalto, 1000000 of <e>R&amp;D</e>: read
Woodstox, 1000000 of <e>R&amp;D</e>: read
END

package dev.millrace.transformer;

import static dev.millrace.transformer.Columns.column;
import static dev.millrace.transformer.Columns.formatted;
import static dev.millrace.transformer.Columns.numeric;
import static dev.millrace.transformer.Columns.time;

import dev.millrace.pipeline.Column;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Values that an engine would take for others, each with what becomes of it: the cell as text, or the reason. */
class ValuesTest extends CellTests {
    @Test
    void anIntegerIsNeverRoundedNorATruthNorABlank() throws Exception {
        check(
                column("v", Column.Type.INTEGER),
                "1.5",
                "!v has a fraction, which INTEGER would lose",
                "\"2.50\"",
                "!v has a fraction, which INTEGER would lose",
                "1.0",
                "1",
                "1e3",
                "1000",
                "\"+007\"",
                "7",
                "9223372036854775807",
                "9223372036854775807",
                "-9223372036854775808",
                "-9223372036854775808",
                "9223372036854775808",
                "!v is outside of INTEGER's range, -9223372036854775808 to 9223372036854775807",
                "1e999999999999999999999",
                "!v is outside of INTEGER's range, -9223372036854775808 to 9223372036854775807",
                "1e-999999999999999999999",
                "!v has a fraction, which INTEGER would lose",
                "0e999999999999999999999",
                "0",
                "true",
                "!v is a boolean, which no INTEGER equals",
                "\" 1\"",
                "!v is not a whole number",
                "\"1 \"",
                "!v is not a whole number",
                "\"\"",
                "!v is not a whole number",
                "\"0x10\"",
                "!v is not a whole number",
                "\"1_000\"",
                "!v is not a whole number",
                "\"\\u0661\"",
                "!v is not a whole number",
                "[1]",
                "!v is an array, which only a REPEATED column or one of type JSON can hold");
    }

    @Test
    void aNumericIsNeverRounded() throws Exception {
        check(
                numeric("v", 5, 2),
                "0.10",
                "0.100000000",
                "999.99",
                "999.990000000",
                "1000",
                "!v has more than the 3 digits before the point that fit",
                "0.001",
                "!v has more than the 2 digits after the point that the column keeps",
                "0.1000000000000000000000000000000000001",
                "!v has more than the 2 digits after the point that the column keeps",
                "1.5e2",
                "150.000000000",
                "15e-1",
                "1.500000000",
                "\"1,5\"",
                "!v is not a decimal number",
                "\"NaN\"",
                "!v is not a decimal number");
    }

    @Test
    void aFloatIsNeverInfiniteNorZeroForSomethingElse() throws Exception {
        check(
                column("v", Column.Type.FLOAT),
                "1e400",
                "!v is too large for FLOAT",
                "-1e400",
                "!v is too large for FLOAT",
                "1e-400",
                "!v is too close to zero for FLOAT",
                "0e-400",
                "0.0",
                "0.1",
                "0.1",
                "\"Infinity\"",
                "!v is not a number",
                "\"1d\"",
                "!v is not a number",
                "true",
                "!v is a boolean, which no FLOAT equals");
    }

    @Test
    void aNumberInATextIsWrittenAlikeForEveryTypeOfNumbers() throws Exception {
        for (Column.Type type : List.of(Column.Type.INTEGER, Column.Type.NUMERIC, Column.Type.FLOAT)) {
            String one = type == Column.Type.INTEGER ? "1" : type == Column.Type.NUMERIC ? "1.000000000" : "1.0";
            String none = type == Column.Type.INTEGER ? "0" : type == Column.Type.NUMERIC ? "0.000000000" : "0.0";
            String word = type == Column.Type.INTEGER
                    ? "whole number"
                    : type == Column.Type.NUMERIC ? "decimal number" : "number";
            check(
                    column("v", type),
                    "\"1.\"",
                    one,
                    "\"+1\"",
                    one,
                    "\"001\"",
                    one,
                    "\"10e-1\"",
                    one,
                    "\".0\"",
                    none,
                    "\".\"",
                    "!v is not a " + word,
                    "\"+\"",
                    "!v is not a " + word,
                    "\"1e\"",
                    "!v is not a " + word,
                    "\" 1\"",
                    "!v is not a " + word,
                    "\"0x1\"",
                    "!v is not a " + word);
        }
        check(column("v", Column.Type.NUMERIC), "\".5\"", "0.500000000");
        check(column("v", Column.Type.FLOAT), "\".5\"", "0.5", "\"-.5e+1\"", "-5.0");
    }

    @Test
    void aBooleanIsTrueOrFalseAndNotAWordForIt() throws Exception {
        check(
                column("v", Column.Type.BOOLEAN),
                "true",
                "true",
                "\"FALSE\"",
                "false",
                "\"yes\"",
                "!v is neither true nor false",
                "1",
                "!v is neither true nor false",
                "\"t\"",
                "!v is neither true nor false",
                "\"\"",
                "!v is neither true nor false");
    }

    @Test
    void aDateLosesNoTimeAndNoOffset() throws Exception {
        check(
                column("v", Column.Type.DATE),
                "\"2024-02-29\"",
                "2024-02-29",
                "\"0001-01-01\"",
                "0001-01-01",
                "\"9999-12-31\"",
                "9999-12-31",
                "\"2023-02-29\"",
                "!v is not a date such as 2026-01-31",
                "\"0000-01-01\"",
                "!v is not a date such as 2026-01-31",
                "\"2024-1-2\"",
                "!v is not a date such as 2026-01-31",
                "20240102",
                "!v is not a date such as 2026-01-31",
                "\"2024-01-02 10:00:00\"",
                "!v has a time of day, which DATE would lose",
                "\"2024-01-02T00:00:00Z\"",
                "!v has an offset, which DATE would lose; the column's timezone says which date or time it is");
        check(
                time("v", Column.Type.DATE, "Asia/Singapore", "UTC"),
                "\"2024-01-01T15:59:59Z\"",
                "2024-01-01",
                "\"2024-01-01T16:00:00\"",
                "2024-01-02",
                "\"2024-01-01\"",
                "!v is not a date with time such as 2026-01-31T08:30:00Z");
        check(
                formatted("v", Column.Type.DATE, "%m/%d/%Y", "%d/%m/%Y", "%d %B %Y", "%Y%m%d", "%F %T"),
                "\"02/03/2024\"",
                "2024-02-03",
                "\"31/12/2024\"",
                "2024-12-31",
                "\"1 march 2024\"",
                "2024-03-01",
                "20240131",
                "2024-01-31",
                "\"2024-01-31 00:00:00\"",
                "2024-01-31",
                "\"2024-01-31 00:00:01\"",
                "!v has a time of day, which DATE would lose",
                "\"1/1/24\"",
                "!v is no DATE written as %m/%d/%Y or %d/%m/%Y or %d %B %Y or %Y%m%d or %F %T");
    }

    @Test
    void aTimeIsWithinADayAndNoFinerThanMicroseconds() throws Exception {
        check(
                column("v", Column.Type.TIME),
                "\"08:30\"",
                "08:30:00.000000",
                "\"23:59:59.999999000\"",
                "23:59:59.999999",
                "\"23:59:59.999999999\"",
                "!v is finer than the microseconds that TIME keeps",
                "\"24:00:00\"",
                "!v is not a time such as 08:30:00",
                "\"08:30:60\"",
                "!v is not a time such as 08:30:00",
                "\"8:30\"",
                "!v is not a time such as 08:30:00");
        check(
                formatted("v", Column.Type.TIME, "%I:%M %p"),
                "\"12:05 am\"",
                "00:05:00.000000",
                "\"12:05 PM\"",
                "12:05:00.000000");
    }

    @Test
    void aDateTimeLosesNoOffsetAndNoNanoseconds() throws Exception {
        check(
                column("v", Column.Type.DATETIME),
                "\"2024-01-02T03:04:05.123456\"",
                "2024-01-02T03:04:05.123456",
                "\"2024-01-02 03:04\"",
                "2024-01-02T03:04:00.000000",
                "\"2024-01-02T03:04:05.1234567\"",
                "!v is finer than the microseconds that DATETIME keeps",
                "\"2024-01-02T03:04:05+02:00\"",
                "!v has an offset, which DATETIME would lose; the column's timezone says which date or time it is",
                "\"2024-01-02\"",
                "!v is not a date with time such as 2026-01-31T08:30:00");
        check(
                time("v", Column.Type.DATETIME, "Asia/Singapore", "Europe/Berlin"),
                "\"2024-01-02T03:04:05Z\"",
                "2024-01-02T11:04:05.000000",
                "\"2024-01-02T03:04:05\"",
                "2024-01-02T10:04:05.000000",
                "\"1890-01-01T00:00:00Z\"",
                "1890-01-01T06:55:25.000000",
                "\"2024-03-31T02:30:00\"",
                "!v is a time that the clocks of Europe/Berlin skipped",
                "\"2024-10-27T02:30:00\"",
                "!v is a time that the clocks of Europe/Berlin showed twice, so an offset is needed",
                "\"2024-10-27T02:30:00+01:00\"",
                "2024-10-27T09:30:00.000000");
    }

    @Test
    void aTimestampIsTheMomentThatItsOffsetSays() throws Exception {
        check(
                column("v", Column.Type.TIMESTAMP),
                "\"2024-01-02T03:04:05Z\"",
                "2024-01-02 03:04:05+00",
                "\"2024-01-02T03:04:05+05:30\"",
                "2024-01-01 21:34:05+00",
                "\"2024-01-02 03:04:05-0800\"",
                "2024-01-02 11:04:05+00",
                "\"2024-01-02T03:04:05.000001+01\"",
                "2024-01-02 02:04:05.000001+00",
                "\"0001-01-01T00:00:00+01:00\"",
                "!v is outside of TIMESTAMP's range, years 0001 to 9999",
                "\"2016-12-31T23:59:60Z\"",
                "!v is not a date with time such as 2026-01-31T08:30:00Z",
                "1700000000",
                "!v is not a date with time such as 2026-01-31T08:30:00Z");
        check(
                formatted("v", Column.Type.TIMESTAMP, "%s", "%Y-%m-%dT%H:%M:%E*S%z", "%F %T %Z"),
                "1700000000",
                "2023-11-14 22:13:20+00",
                "\"-1\"",
                "1969-12-31 23:59:59+00",
                "1700000000.5",
                "!v is no TIMESTAMP written as %s or %Y-%m-%dT%H:%M:%E*S%z or %F %T %Z",
                "\"2024-01-02T03:04:05.25+0100\"",
                "2024-01-02 02:04:05.25+00",
                "\"2024-07-02 03:04:05 America/New_York\"",
                "2024-07-02 07:04:05+00",
                "\"2024-07-02 03:04:05 EST\"",
                "!v is no TIMESTAMP written as %s or %Y-%m-%dT%H:%M:%E*S%z or %F %T %Z");
    }

    @Test
    void anIntervalKeepsEachOfItsParts() throws Exception {
        check(
                column("v", Column.Type.INTERVAL),
                "\"P1Y2M3DT4H5M6.5S\"",
                "1-2 3 4:5:6.5",
                "\"-P1Y-2M2W\"",
                "-0-10 -14 0:0:0",
                "\"PT-0.000001S\"",
                "0-0 0 -0:0:0.000001",
                "\"-1-2 +3 -04:05:06.500\"",
                "-1-2 3 -4:5:6.5",
                "\"P10000YT87840000H\"",
                "10000-0 0 87840000:0:0",
                "\"P10000Y1M\"",
                "!v is outside of INTERVAL's range, 10000 years, 3660000 days and 87840000 hours either way",
                "\"PT999999999999999H\"",
                "!v is outside of INTERVAL's range, 10000 years, 3660000 days and 87840000 hours either way",
                "\"PT0.0000001S\"",
                "!v is finer than the microseconds that INTERVAL keeps",
                "\"P\"",
                "!v is not an interval such as P1Y2M3DT4H5M6.5S or 1-2 3 4:5:6.5",
                "\"P1DT\"",
                "!v is not an interval such as P1Y2M3DT4H5M6.5S or 1-2 3 4:5:6.5",
                "\"1-12 0 0:0:0\"",
                "!v is not an interval such as P1Y2M3DT4H5M6.5S or 1-2 3 4:5:6.5",
                "7",
                "!v is not an interval such as P1Y2M3DT4H5M6.5S or 1-2 3 4:5:6.5");
    }

    @Test
    void aGeographyIsWktOrGeoJsonOfWhatIsOnTheGlobe() throws Exception {
        String notWkt = "!v is not a geography in WKT or GeoJSON: ";
        check(
                column("v", Column.Type.GEOGRAPHY),
                "\"POINT(-122.35 47.62)\"",
                "POINT(-122.35 47.62)",
                "\" polygon ((0 0, 0 1, 1 1, 0 0)) \"",
                " polygon ((0 0, 0 1, 1 1, 0 0)) ",
                "\"GEOMETRYCOLLECTION EMPTY\"",
                "GEOMETRYCOLLECTION EMPTY",
                "{\"coordinates\":[[0,1e1],[2.50,3]], \"type\":\"LineString\"}",
                "{\"coordinates\":[[0,1e1],[2.50,3]], \"type\":\"LineString\"}",
                "\"{\\\"type\\\":\\\"GeometryCollection\\\",\\\"geometries\\\":[{\\\"type\\\":\\\"Point\\\",\\\"coordinates\\\":[1,2]}]}\"",
                "{\"type\":\"GeometryCollection\",\"geometries\":[{\"type\":\"Point\",\"coordinates\":[1,2]}]}",
                "{\"type\":\"Polygon\",\"coordinates\":[[[0,0],[0,1],[1,1],[0,0]]]}",
                "{\"type\":\"Polygon\",\"coordinates\":[[[0,0],[0,1],[1,1],[0,0]]]}",
                "\"POINT(1 2) POINT(3 4)\"",
                notWkt + "there is text after its end",
                "\"POINT(181 0)\"",
                "!v has a longitude or latitude out of range: 181.0 0.0 (expected: -180 to 180, -90 to 90)",
                "\"POINT Z(1 2 3)\"",
                "!v is not a geography of longitudes and latitudes, in WKT or GeoJSON: Z",
                "\"POINT(1 2 3)\"",
                "!v has more than a longitude and a latitude for a position",
                "\"POINT(NaN 2)\"",
                "!v is not a geography of longitudes and latitudes, in WKT or GeoJSON: NaN",
                "\"POLYGON((0 0, 1 1, 0 1, 1 0, 0 0))\"",
                "!v is not a valid geography: Edge 0 crosses edge 2, near 0.0 0.0",
                "{\"type\":\"Feature\",\"geometry\":null}",
                "!v is not a geometry of GeoJSON, with type and coordinates (a Feature is none)",
                "{\"type\":\"Point\",\"coordinates\":[1,2,3]}",
                "!v has more or less than a longitude and a latitude for a position",
                "[1,2]",
                "!v is an array, and neither WKT nor GeoJSON",
                "1",
                "!v is a number, and neither WKT nor GeoJSON");
    }

    @Test
    void aGeographyIsWhatBigQueryReadsAndKeepsOnTheGlobe() throws Exception {
        String wkt = "!v is not a geography in WKT or GeoJSON: ";
        String geoJson = "!v is not a geometry of GeoJSON, with type and coordinates (a Feature is none)";
        String none = "!v has no coordinates (expected: some, or a GeometryCollection without geometries)";
        String back = ", which would be changed (expected: each part of the way once)";
        check(
                column("v", Column.Type.GEOGRAPHY),
                // names and numbers as they are written
                "{\"type\":\"point\",\"coordinates\":[1,2]}",
                geoJson,
                "{\"type\":\"POINT\",\"coordinates\":[1,2]}",
                geoJson,
                "{\"type\":\"Point\",\"coordinates\":[]}",
                none,
                "{\"type\":\"Polygon\",\"coordinates\":[]}",
                none,
                "{\"type\":\"MultiLineString\",\"coordinates\":[[]]}",
                none,
                "{\"type\":\"Point\",\"coordinates\":null}",
                "!v has coordinates that are no array",
                "{\"type\":\"LineString\",\"coordinates\":\"(0 0, 1 1)\"}",
                "!v has coordinates that are no array",
                "{\"type\":\"GeometryCollection\",\"geometries\":[],\"coordinates\":[1,2]}",
                "{\"type\":\"GeometryCollection\",\"geometries\":[],\"coordinates\":[1,2]}",
                "\"POINT(+1 2)\"",
                wkt + "'+1' at character 7 (expected: a number such as -1.5)",
                "\"POINT(1 .5)\"",
                wkt + "'.5' at character 9 (expected: a number such as -1.5)",
                "\"POINT(1 2e)\"",
                wkt + "'2e' at character 9 (expected: a number such as -1.5)",
                "\"POINT(1 2e1)\"",
                "POINT(1 2e1)",
                "\"SRID=4326;POINT(1 2)\"",
                "!v is not a geography of longitudes and latitudes, in WKT or GeoJSON: SRID",
                // edges between opposite ends of the globe
                "\"LINESTRING(0 0, 180 0)\"",
                "!v has an edge between opposite ends of the globe, 0.0 0.0 and 180.0 0.0, which could go any way",
                "\"POLYGON((180 -90, 180 90, -180 90, -180 -90, 180 -90))\"",
                "!v has a ring of fewer than three positions at 180.0 -90.0",
                "\"POLYGON((0 0, 90 10, 180 0, 0 0))\"",
                "!v has an edge between opposite ends of the globe, 180.0 0.0 and 0.0 0.0, which could go any way",
                "\"LINESTRING(0 0, 179 0)\"",
                "LINESTRING(0 0, 179 0)",
                // lines that go back, and what isn't one
                "\"LINESTRING(0 0, 1 0, 0 0)\"",
                "!v has a line that goes back over itself at 1.0 0.0" + back,
                "\"LINESTRING(0 0, 2 0, 1 0)\"",
                "!v has a line that goes back over itself at 2.0 0.0" + back,
                "\"LINESTRING(0 0, 1 0, 1 1, 0 0, 1 0)\"",
                "!v has a line that goes back over itself at 0.0 0.0" + back,
                "{\"type\":\"LineString\",\"coordinates\":[[0,50],[90,50],[45,50]]}",
                "!v has a line that goes back over itself at 90.0 50.0" + back,
                "\"LINESTRING(0 0, 1 1, 1 0, 0 1)\"",
                "LINESTRING(0 0, 1 1, 1 0, 0 1)",
                "\"LINESTRING(7 7, 7 7)\"",
                "!v has a line of one position only, which would become a point: 7.0 7.0",
                "\"LINESTRING(0 0, 0 0, 1 1)\"",
                "LINESTRING(0 0, 0 0, 1 1)",
                // polygons
                "\"POLYGON((0 0, 1 1, 0 1, 1 0, 0 0))\"",
                "!v is not a valid geography: Edge 0 crosses edge 2, near 0.0 0.0",
                "\"POLYGON((0 0, 1 0, 1 1, 1 0, 0 1, 0 0))\"",
                "!v is not a valid geography: Edge 0 has duplicate vertex with edge 2, near 1.0 0.0",
                "\"POLYGON((0 0, 1 0, 0 0, 0 0))\"",
                "!v has a ring of fewer than three positions at 0.0 0.0",
                "\"POLYGON((0 0, 10 0, 10 10, 0 10, 0 0), (5 5, 15 5, 15 6, 5 5))\"",
                "!v is not a valid geography: Loop 0 edge 0 crosses loop 1 edge 1, near 5.0 5.0",
                "\"POLYGON((0 0, 10 0, 10 10, 0 10, 0 0), (15 5, 16 5, 16 6, 15 5))\"",
                "!v is not a valid geography: a hole lies outside of its polygon or within another hole at 15.0 5.0",
                "\"POLYGON((0 0, 10 0, 10 10, 0 10, 0 0), (1 1, 5 1, 5 5, 1 1), (1 1, 5 5, 1 5, 1 1))\"",
                "!v is not a valid geography: Loop 1 edge 0 has duplicate near loop 2 edge 1, near 1.0 1.0",
                "\"MULTIPOLYGON(((0 0, 9 0, 9 9, 0 0)), ((4 1, 8 1, 8 4, 4 1)))\"",
                "!v is not a valid geography: one polygon lies within another at 4.0 1.0",
                // on the globe the northern edge is nearer to the pole than the hole, on the map it isn't
                "\"POLYGON((0 40, 90 40, 90 50, 0 50, 0 40), (40 55, 50 55, 45 58, 40 55))\"",
                "POLYGON((0 40, 90 40, 90 50, 0 50, 0 40), (40 55, 50 55, 45 58, 40 55))",
                "{\"type\":\"Polygon\",\"coordinates\":[[[0,40],[90,40],[90,50],[0,50],[0,40]],"
                        + "[[40,55],[50,55],[45,58],[40,55]]]}",
                "!v is not a valid geography: Hole lies outside shell at 40.0 55.0",
                '"' + "GEOMETRYCOLLECTION(".repeat(2_000) + "POINT(1 1)" + ")".repeat(2_000) + '"',
                "!v is nested too deep at character 1919 (expected: at most 100 parentheses within each other)",
                // either orientation is the smaller side; the map has no such question
                "\"POLYGON((0 0, 0 1, 1 1, 1 0, 0 0))\"",
                "POLYGON((0 0, 0 1, 1 1, 1 0, 0 0))",
                "\"POLYGON((0 0, 120 0, -120 0, 0 0))\"",
                "!v has a ring around half of the globe at 0.0 0.0, so that either side could be meant",
                "{\"type\":\"Polygon\",\"coordinates\":[[[-180,-90],[180,-90],[180,80],[-180,80],[-180,-90]]]}",
                "{\"type\":\"Polygon\",\"coordinates\":[[[-180,-90],[180,-90],[180,80],[-180,80],[-180,-90]]]}");
    }

    @Test
    void bytesAreBase64AndNothingElse() throws Exception {
        check(
                column("v", Column.Type.BYTES),
                "\"\"",
                "",
                "\"YWI=\"",
                "ab",
                "\"YWI\"",
                "!v is not base64 with padding, such as bWlsbA==",
                "\"YWJ=\"",
                "!v is not base64 with padding, such as bWlsbA==",
                "\"YW I=\"",
                "!v is not base64 with padding, such as bWlsbA==",
                "\"_-8=\"",
                "!v is not base64 with padding, such as bWlsbA==");
    }
}

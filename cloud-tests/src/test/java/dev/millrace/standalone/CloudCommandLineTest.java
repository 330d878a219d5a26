package dev.millrace.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The command line with the jars of {@code standalone-cloud}; without them it is tested in {@code CommandLineTest}. */
class CloudCommandLineTest {
    @TempDir
    private Path folder;

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            verify-cloud --project p     | --dataset
            verify-cloud --project project --dataset d --bucket bucket --only nothing          | types, geographies, tables
            verify-cloud --project project --dataset d --bucket gs://bucket                    | without gs://
            verify-cloud --project project --dataset d --bucket bucket --storage-host http://a | both https
            verify-cloud --project project --dataset d --bucket bucket --only secrets          | the secret that is to be read
            start --gcp-emulator --port 70000                                                  | 70000
            """)
    void aCallThatIsNotUnderstoodEndsWithTwoAndSaysWhatWouldDo(String arguments, String said) throws Exception {
        Terminal.Call call = new Terminal(folder).call(arguments.split(" "));

        assertThat(call.exitCode()).isEqualTo(2);
        assertThat(call.err()).contains(said);
        assertThat(call.out()).isEmpty();
    }

    @Test
    void theCommandExplainsItsOptions() throws Exception {
        Terminal.Call call = new Terminal(folder).call("verify-cloud", "--help");

        assertThat(call.exitCode()).isZero();
        assertThat(call.out()).contains("Usage: millrace verify-cloud ", "--dataset", "--policy-tag", "--only");
    }
}

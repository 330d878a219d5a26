package dev.millrace.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SecretReferenceTest {
    @Test
    void putsValuesInPlaceOfReferencesAndLeavesTheRest() {
        List<SecretReference> asked = new ArrayList<>();

        String resolved = SecretReference.resolve("a ${secret:one} b ${secret:two#FIELD.x} ${day}", reference -> {
            asked.add(reference);
            return "$1\\" + reference.name();
        });

        assertThat(resolved).isEqualTo("a $1\\one b $1\\two ${day}");
        assertThat(asked)
                .containsExactly(
                        new SecretReference(null, "one", null, null),
                        new SecretReference(null, "two", null, "FIELD.x"));
    }

    @Test
    void theLatestVersionIsTheOneWithoutAVersion() {
        SecretReference.resolve("${secret:projects/p/secrets/one@latest#F}", reference -> {
            assertThat(reference).isEqualTo(new SecretReference("p", "one", null, "F"));
            return "";
        });
    }

    @Test
    void doesNotResolveWhatASecretHolds() {
        assertThat(SecretReference.resolve("${secret:one}", reference -> "${secret:two}"))
                .isEqualTo("${secret:two}");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "${secret:one}",
                "${secret:one#FIELD}",
                "${secret:one@3}",
                "${secret:projects/school-1/secrets/one@12#FIELD}"
            })
    void isShownAsItIsWritten(String text) {
        SecretReference.resolve(text, reference -> {
            assertThat(reference).hasToString(text);
            return "";
        });
        assertThat(SecretReference.isIn("x" + text)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "secret:one",
                "${secret:}",
                "${secrets:one}",
                "${secret:one",
                "$secret:one",
                "${day}",
                "${secret:one@0}",
                "${secret:one@}",
                "${secret:one@x}",
                "${secret:one#F@3}",
                "${secret:projects/p/one}"
            })
    void knowsWhatIsNoReference(String text) {
        assertThat(SecretReference.isIn(text)).isFalse();
    }
}

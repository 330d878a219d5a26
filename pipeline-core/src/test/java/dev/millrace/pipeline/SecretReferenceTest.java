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
        assertThat(asked).containsExactly(new SecretReference("one", null), new SecretReference("two", "FIELD.x"));
    }

    @Test
    void doesNotResolveWhatASecretHolds() {
        assertThat(SecretReference.resolve("${secret:one}", reference -> "${secret:two}"))
                .isEqualTo("${secret:two}");
    }

    @ParameterizedTest
    @ValueSource(strings = {"${secret:one}", "${secret:one#FIELD}"})
    void isShownAsItIsWritten(String text) {
        SecretReference.resolve(text, reference -> {
            assertThat(reference).hasToString(text);
            return "";
        });
        assertThat(SecretReference.isIn("x" + text)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "secret:one", "${secret:}", "${secrets:one}", "${secret:one", "$secret:one", "${day}"})
    void knowsWhatIsNoReference(String text) {
        assertThat(SecretReference.isIn(text)).isFalse();
    }
}

package dev.millrace.gateway.access;

import com.password4j.Argon2Function;
import com.password4j.Password;
import com.password4j.types.Argon2;
import io.micronaut.core.annotation.Nullable;
import java.util.concurrent.Semaphore;

/**
 * Passwords as they are kept: Argon2id (RFC 9106) with a salt of its own, and with its parameters in the hash, so that
 * those of tomorrow leave the hashes of today valid. A hash takes 19 MiB and tens of milliseconds, which is its purpose;
 * few are made at once, so that nobody can fill the memory with them. Safe for use by several threads.
 */
final class Passwords {
    /** https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html */
    private static final Argon2Function ARGON2 = Argon2Function.getInstance(19_456, 2, 1, 32, Argon2.ID);

    private static final int SALT_BYTES = 16;
    /** What is compared where there is no such user, so that both take as long. */
    private static final String NOBODYS = hashed("a password that nobody has");

    private static final Semaphore AT_ONCE = new Semaphore(2, true);

    private Passwords() {}

    static String hash(String password) throws InterruptedException {
        AT_ONCE.acquire();
        try {
            return hashed(password);
        } finally {
            AT_ONCE.release();
        }
    }

    private static String hashed(String password) {
        return Password.hash(password).addRandomSalt(SALT_BYTES).with(ARGON2).getResult();
    }

    /** @param hash null where there is no such user: then false, as late as for one who is there */
    static boolean matches(String password, @Nullable String hash) throws InterruptedException {
        AT_ONCE.acquire();
        try {
            String compared = hash == null ? NOBODYS : hash;
            boolean same = Password.check(password, compared).with(Argon2Function.getInstanceFromHash(compared));
            return same && hash != null;
        } finally {
            AT_ONCE.release();
        }
    }
}

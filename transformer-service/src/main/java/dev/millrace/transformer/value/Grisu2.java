package dev.millrace.transformer.value;

import java.math.BigInteger;

/**
 * The digits that BigQuery writes for a FLOAT64 within JSON. They always lead back to the same FLOAT64, and are the
 * fewest that do in about 999 of 1,000 cases: the algorithm computes with 64 bits and gives up the others. Florian
 * Loitsch, Printing Floating-Point Numbers Quickly and Accurately with Integers, 2010, with the parameters alpha -60 and
 * gamma -32. The JDK's digits are the fewest always, so they can't tell what BigQuery will say.
 */
public final class Grisu2 {
    private static final int ALPHA = -60;
    private static final int FIRST_POWER = -300;
    private static final int POWER_STEP = 8;
    private static final Scaled[] POWERS = new Scaled[79];

    static {
        for (int i = 0; i < POWERS.length; i++) {
            POWERS[i] = power(FIRST_POWER + i * POWER_STEP);
        }
    }

    private Grisu2() {}

    /** The value is number · 10^exponent. */
    public record Digits(long number, int exponent) {}

    /** The value is f · 2^e, f without sign. */
    private record Scaled(long f, int e) {
        Scaled normalized() {
            int shift = Long.numberOfLeadingZeros(f);
            return new Scaled(f << shift, e - shift);
        }

        /** The upper half of the product, rounded. */
        Scaled times(Scaled other) {
            long high = Math.unsignedMultiplyHigh(f, other.f);
            long low = f * other.f;
            return new Scaled(high + (low < 0 ? 1 : 0), e + other.e + 64);
        }
    }

    /** The nearest with 64 bits. */
    private static Scaled power(int exponent) {
        BigInteger ten = BigInteger.TEN.pow(Math.abs(exponent));
        BigInteger numerator = exponent < 0 ? BigInteger.ONE : ten;
        BigInteger denominator = exponent < 0 ? ten : BigInteger.ONE;
        int e = numerator.bitLength() - denominator.bitLength() - 64;
        BigInteger f = quotient(numerator, denominator, e);
        if (f.bitLength() < 64) {
            e--;
            f = quotient(numerator, denominator, e);
        } else if (f.bitLength() > 64) {
            e++;
            f = quotient(numerator, denominator, e);
        }
        return new Scaled(f.longValue(), e);
    }

    /** numerator / denominator / 2^e, rounded. */
    private static BigInteger quotient(BigInteger numerator, BigInteger denominator, int e) {
        BigInteger divided = e < 0 ? numerator.shiftLeft(-e) : numerator;
        BigInteger divisor = e < 0 ? denominator : denominator.shiftLeft(e);
        return divided.shiftLeft(1).add(divisor).divide(divisor.shiftLeft(1));
    }

    /** @param value finite and above zero */
    public static Digits shortest(double value) {
        long bits = Double.doubleToRawLongBits(value);
        int biased = (int) (bits >>> 52);
        long fraction = bits & ((1L << 52) - 1);
        Scaled v = biased == 0 ? new Scaled(fraction, -1074) : new Scaled(fraction + (1L << 52), biased - 1075);
        boolean lowerIsCloser = fraction == 0 && biased > 1;
        Scaled upper = new Scaled(2 * v.f + 1, v.e - 1).normalized();
        Scaled lower = lowerIsCloser ? new Scaled(4 * v.f - 1, v.e - 2) : new Scaled(2 * v.f - 1, v.e - 1);
        lower = new Scaled(lower.f << (lower.e - upper.e), upper.e);
        Scaled exact = v.normalized();

        int needed = ALPHA - upper.e - 1;
        int k = (int) (((long) needed * 78_913) / (1 << 18)) + (needed > 0 ? 1 : 0);
        int index = (-FIRST_POWER + k + POWER_STEP - 1) / POWER_STEP;
        Scaled power = POWERS[index];
        int exponent = -(FIRST_POWER + index * POWER_STEP);
        Scaled w = exact.times(power);
        Scaled low = lower.times(power);
        Scaled high = upper.times(power);
        return digits(new Scaled(low.f + 1, low.e), w, new Scaled(high.f - 1, high.e), exponent);
    }

    private static Digits digits(Scaled low, Scaled w, Scaled high, int exponent) {
        int shift = -high.e;
        long one = 1L << shift;
        long delta = high.f - low.f;
        long distance = high.f - w.f;
        int whole = (int) (high.f >>> shift); // below 2^32
        long rest = high.f & (one - 1);
        long number = 0;
        int power = 1;
        int count = 1;
        while (count < 10 && Integer.compareUnsigned(Integer.divideUnsigned(whole, power), 10) >= 0) {
            power *= 10;
            count++;
        }
        while (count > 0) {
            number = number * 10 + Integer.divideUnsigned(whole, power);
            whole = Integer.remainderUnsigned(whole, power);
            count--;
            long left = (Integer.toUnsignedLong(whole) << shift) + rest;
            if (Long.compareUnsigned(left, delta) <= 0) {
                return rounded(number, distance, delta, left, Integer.toUnsignedLong(power) << shift, exponent + count);
            }
            power = Integer.divideUnsigned(power, 10);
        }
        int places = 0;
        while (true) {
            rest *= 10;
            number = number * 10 + (rest >>> shift);
            rest &= one - 1;
            places++;
            delta *= 10;
            distance *= 10;
            if (Long.compareUnsigned(rest, delta) <= 0) {
                return rounded(number, distance, delta, rest, one, exponent - places);
            }
        }
    }

    /** Moves the last digit towards the value as long as that brings it closer. */
    private static Digits rounded(long number, long distance, long delta, long left, long unit, int exponent) {
        long result = number;
        long rest = left;
        while (Long.compareUnsigned(rest, distance) < 0
                && Long.compareUnsigned(delta - rest, unit) >= 0
                && (Long.compareUnsigned(rest + unit, distance) < 0
                        || Long.compareUnsigned(distance - rest, rest + unit - distance) > 0)) {
            result--;
            rest += unit;
        }
        return new Digits(result, exponent);
    }
}

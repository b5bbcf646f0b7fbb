// The loops of bench/cases/arrays.py, and hand-written adjoints of two of them.
#include <math.h>
#include <stdlib.h>
#include <string.h>

void stencil(double *a, double *b, long n, long steps) {
    for (long s = 0; s < steps; s++) {
        for (long i = 1; i < n - 1; i++)
            for (long j = 1; j < n - 1; j++)
                b[i * n + j] = 0.5 * a[i * n + j] + 0.125 * (a[(i - 1) * n + j] + a[(i + 1) * n + j] + a[i * n + j - 1] + a[i * n + j + 1]);
        double *t = a;
        a = b;
        b = t;
    }
}

double recurrence(const double *x, long n, double decay) {
    double s = 0.0, total = 0.0;
    for (long i = 0; i < n; i++) {
        s = decay * s + x[i] * (1.0 - s * s);
        total += s;
    }
    return total;
}

double recurrence_gradient(const double *x, long n, double decay, double *x_bar) {
    double *tape = malloc(n * sizeof *tape), s = 0.0, total = 0.0;
    for (long i = 0; i < n; i++) {
        tape[i] = s;
        s = decay * s + x[i] * (1.0 - s * s);
        total += s;
    }
    double s_bar = 0.0;
    for (long i = n - 1; i >= 0; i--) {
        double before = tape[i];
        s_bar += 1.0;
        x_bar[i] = s_bar * (1.0 - before * before);
        s_bar *= decay - 2.0 * x[i] * before;
    }
    free(tape);
    return total;
}

double cholesky(double *a, long n) {
    for (long j = 0; j < n; j++) {
        for (long k = 0; k < j; k++) a[j * n + j] -= a[j * n + k] * a[j * n + k];
        a[j * n + j] = sqrt(a[j * n + j]);
        for (long i = j + 1; i < n; i++) {
            for (long k = 0; k < j; k++) a[i * n + j] -= a[i * n + k] * a[j * n + k];
            a[i * n + j] /= a[j * n + j];
        }
    }
    double total = 0.0;
    for (long i = 0; i < n; i++) total += log(a[i * n + i]);
    return total;
}

double nbody(const double *p, const double *m, double *f, long n) {
    double total = 0.0;
    for (long i = 0; i < n; i++) {
        double fx = 0.0, fy = 0.0, fz = 0.0;
        for (long j = 0; j < n; j++) {
            double dx = p[3 * j] - p[3 * i], dy = p[3 * j + 1] - p[3 * i + 1], dz = p[3 * j + 2] - p[3 * i + 2];
            double r2 = dx * dx + dy * dy + dz * dz + 1e-3;
            double w = m[j] / (r2 * sqrt(r2));
            fx += w * dx;
            fy += w * dy;
            fz += w * dz;
        }
        f[3 * i] = fx;
        f[3 * i + 1] = fy;
        f[3 * i + 2] = fz;
        total += fx * fx + fy * fy + fz * fz;
    }
    return total;
}

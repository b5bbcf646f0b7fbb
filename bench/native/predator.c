// Explicit Euler steps of the Lotka-Volterra equations with a data-dependent exit, and its adjoint by hand:
// the tape holds u and v of each step and grows by doubling, as ours does.
#include <stdlib.h>

static const double h = 1e-5;

double predator(double a, double b, long n) {
    double u = 1.0, v = 0.5;
    for (long i = 0; i < n; i++) {
        double du = u * (a - b * v), dv = v * (u - 1.0);
        u += h * du;
        v += h * dv;
        if (u * v > 50.0) break;
    }
    return u + v;
}

double predator_gradient(double a, double b, long n, double *out) {
    long capacity = 1024, count = 0;
    double *tape = malloc(2 * capacity * sizeof *tape);
    double u = 1.0, v = 0.5;
    for (long i = 0; i < n; i++) {
        if (count == capacity) tape = realloc(tape, 2 * (capacity *= 2) * sizeof *tape);
        tape[2 * count] = u;
        tape[2 * count + 1] = v;
        count++;
        double du = u * (a - b * v), dv = v * (u - 1.0);
        u += h * du;
        v += h * dv;
        if (u * v > 50.0) break;
    }
    double u_bar = 1.0, v_bar = 1.0, a_bar = 0.0, b_bar = 0.0;
    while (count--) {
        double up = tape[2 * count], vp = tape[2 * count + 1];
        double du_bar = h * u_bar, dv_bar = h * v_bar;
        a_bar += du_bar * up;
        b_bar -= du_bar * up * vp;
        u_bar += du_bar * (a - b * vp) + dv_bar * vp;
        v_bar += dv_bar * (up - 1.0) - du_bar * up * b;
    }
    free(tape);
    out[0] = a_bar;
    out[1] = b_bar;
    return u + v;
}

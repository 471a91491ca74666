/* Hides from CPython that musl's fma() gives the wrong zero where a product is too small for a double: the link sends calls of fma() here. */
double __real_fma(double x, double y, double z);
double __wrap_fma(double x, double y, double z);

double __wrap_fma(double x, double y, double z)
{
    /* musl adds the zero to the rounded product, and -0 + +0 is +0. The exact sum is the product, whose sign stays. */
    return z == 0 && x != 0 && y != 0 ? x * y : __real_fma(x, y, z);
}

"""What a program of cases needs: @case registers one, run() prints a line for each. A case returns what both interpreters must agree on."""
import os
import sys
import traceback

registered = []


def case(function):
    registered.append(function)
    return function


def answer_of(function):
    try:
        return repr(function())
    except BaseException as error:
        traceback.print_exc()
        return f"raised {type(error).__name__}: {error}"


def run():
    """To be called under `if __name__ == "__main__"`, since multiprocessing imports the program again."""
    wanted = set(sys.argv[1:])
    for function in registered:
        if not wanted or function.__name__ in wanted:
            directory = os.path.join(os.getcwd(), function.__name__)
            os.mkdir(directory)
            os.chdir(directory)
            print(function.__name__, answer_of(function), sep="\t", flush=True)
            os.chdir("..")
    print("end", flush=True)

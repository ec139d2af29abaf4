"""The language between `${{` and `}}`, as far as the workflows here use it."""

import re

TOKEN = re.compile(r"\s*(?:('(?:[^']|'')*')|(\d+)|([A-Za-z_][\w.*-]*)|(&&|\|\||==|!=|[!(),]))")


class Expression:
    """A recursive reader of the part of the language that the workflows use."""

    def __init__(self, text, contexts, functions):
        self.tokens, self.place = [], 0
        text, end = text.strip(), 0
        while end < len(text):
            match = TOKEN.match(text, end)
            if not match:
                raise SyntaxError(f"cannot read {text[end:]!r}")
            self.tokens.append(match.groups())
            end = match.end()
        self.contexts, self.functions = contexts, functions

    def value(self):
        value = self.either()
        if self.place != len(self.tokens):
            raise SyntaxError(f"too much: {self.tokens[self.place:]}")
        return value

    def peek(self, mark):
        if self.place < len(self.tokens) and self.tokens[self.place][3] == mark:
            self.place += 1
            return True
        return False

    def either(self):
        value = self.both()
        while self.peek("||"):
            other = self.both()
            value = value or other
        return value

    def both(self):
        value = self.compared()
        while self.peek("&&"):
            other = self.compared()
            value = value and other
        return value

    def compared(self):
        value = self.single()
        if self.peek("=="):
            return (value or "") == (self.single() or "")
        if self.peek("!="):
            return (value or "") != (self.single() or "")
        return value

    def single(self):
        if self.peek("!"):
            return not self.single()
        if self.peek("("):
            value = self.either()
            if not self.peek(")"):
                raise SyntaxError("a bracket is open")
            return value
        text, number, name, mark = self.tokens[self.place]
        self.place += 1
        if text is not None:
            return text[1:-1].replace("''", "'")
        if number is not None:
            return int(number)
        if mark is not None:
            raise SyntaxError(f"unexpected {mark}")
        if self.peek("("):
            arguments = []
            while not self.peek(")"):
                arguments.append(self.either())
                self.peek(",")
            return self.functions[name](*arguments)
        if name in ("true", "false"):
            return name == "true"
        return looked_up(self.contexts, name.split("."))


def looked_up(value, names):
    for place, name in enumerate(names):
        if name == "*":
            return [looked_up(entry, names[place + 1 :]) for entry in value or []]
        value = value.get(name) if isinstance(value, dict) else None
    return value


def printed(value):
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)

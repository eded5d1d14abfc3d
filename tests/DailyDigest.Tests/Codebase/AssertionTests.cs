using System.Text.RegularExpressions;

namespace DailyDigest.Tests.Codebase;

public sealed partial class AssertionTests
{
    /// <summary>A test asserts in its own body, or in a method of its project that it calls.</summary>
    [Fact]
    public void Every_test_has_an_assertion()
    {
        foreach (var project in Repository.Files("tests", ".cs").GroupBy(path => path.Split('/')[1]))
        {
            var sources = project.Select(path => WithoutText(Repository.Read(path))).ToList();
            var methods = sources.SelectMany(Methods).ToList();

            Assert.Equal(sources.Sum(source => Test().Count(source)), methods.Count(method => method.IsTest));
            Assert.Empty(WithoutAssertion(methods).Select(name => $"{project.Key}: {name}"));
        }
    }

    [Fact]
    public void The_name_of_a_test_has_at_most_80_characters()
    {
        var hits = Repository.Files("tests", ".cs").SelectMany(path => Methods(WithoutText(Repository.Read(path)))
            .Where(method => method.IsTest && method.Name.Length > 80).Select(method => $"{path}: {method.Name}"));

        Repository.AssertNone(hits);
    }

    [Theory]
    [InlineData("[Fact]\n public void A() { Assert.True(true); }", true)]
    [InlineData("[Fact]\n public void A() => B(1);\n private static void B(int x)\n { mock.Verify(one => one.Do()); }", true)]
    [InlineData("[Fact]\n public void A() { B(1); }\n private static void B(int x) => C(x);", false)]
    [InlineData("[Fact]\n public void A() { /* */ var x = \"Assert.True(\"; } // Assert.True(", false)]
    public void A_test_without_an_assertion_is_found(string code, bool asserts)
    {
        string[] found = asserts ? [] : ["A"];

        Assert.Equal(found, WithoutAssertion([.. Methods(WithoutText(code))]));
    }

    private static IEnumerable<string> WithoutAssertion(List<Method> methods)
    {
        var asserting = methods.Where(method => method.Asserts).Select(method => method.Name).ToHashSet(StringComparer.Ordinal);
        for (var before = 0; before < asserting.Count;)
        {
            before = asserting.Count;
            asserting.UnionWith(methods.Where(method => method.Calls.Overlaps(asserting)).Select(method => method.Name).ToList());
        }

        return methods.Where(method => method.IsTest && !method.Asserts && !method.Calls.Overlaps(asserting)).Select(method => method.Name);
    }

    private static IEnumerable<Method> Methods(string code) => Declaration().Matches(code).Select(match =>
    {
        var (name, body) = (match.Groups["name"].Value, Body(code, match.Index + match.Length));
        var calls = Call().Matches(body).Select(call => call.Groups[1].Value).Where(call => call != name);
        return new Method(name, match.Groups["test"].Success, Assertion().IsMatch(body), calls.ToHashSet(StringComparer.Ordinal));
    });

    /// <summary>From the end of the parameters to the end of the block, or to the semicolon of an expression.</summary>
    private static string Body(string code, int start)
    {
        var depth = 0;
        var isExpression = code[start..].TrimStart().StartsWith("=>", StringComparison.Ordinal);
        for (var at = start; at < code.Length; at++)
        {
            depth += code[at] is '{' or '(' or '[' ? 1 : code[at] is '}' or ')' or ']' ? -1 : 0;
            if (depth <= 0 && (code[at] == ';' || (code[at] == '}' && !isExpression)))
            {
                return code[start..at];
            }
        }

        return code[start..];
    }

    private static string WithoutText(string code) => Text().Replace(code, "");

    [GeneratedRegex(@"\bAssert\.\w+|\.Verify\w*\(")]
    private static partial Regex Assertion();

    [GeneratedRegex(@"\[(?:Fact|Theory)\b")]
    private static partial Regex Test();

    [GeneratedRegex(@"\b([A-Z]\w*)(?:<[^<>()]*>)?\(")]
    private static partial Regex Call();

    // Parameters may hold one pair of parentheses, for a tuple.
    [GeneratedRegex(
        @"(?<test>\[(?:Fact|Theory)\b[^\n]*\n(?:(?![ \t]*public)[^\n]*\n)*)?[ \t]*(?:public|private|internal|protected)\b"
        + @"(?![^\n(]*\b(?:class|record|struct|interface)\b)[\w \t<>,.?()\[\]]*?[ \t](?<name>[A-Z]\w*)(?:<\w+>)?"
        + @"\((?:[^()]|\([^()]*\))*\)(?=[^;{=]*(?:\{|=>))")]
    private static partial Regex Declaration();

    // Raw strings, verbatim strings, strings, characters, comments.
    [GeneratedRegex(@"""""""[\s\S]*?""""""|@\$?""(?:[^""]|"""")*""|""(?:\\.|[^""\\\n])*""|'(?:\\.[^']*|[^'\\])'|//[^\n]*|/\*[\s\S]*?\*/")]
    private static partial Regex Text();

    private sealed record Method(string Name, bool IsTest, bool Asserts, HashSet<string> Calls);
}

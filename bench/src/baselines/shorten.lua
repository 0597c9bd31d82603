-- The whole job in one call. docs/bench/README.md lists the variants that were tried.
-- Libraries of functions cannot see `string` while they are loaded, but a string's methods.
local char = ('').char
local digits = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ'
local byte_of = {}
for digit = 0, 61 do byte_of[digit] = digits:byte(digit + 1) end

-- Up to four digits are one string made at once: more are rare here.
local function base62(n)
  local a = n % 62
  n = (n - a) / 62
  if n == 0 then return char(byte_of[a]) end
  local b = n % 62
  n = (n - b) / 62
  if n == 0 then return char(byte_of[b], byte_of[a]) end
  local c = n % 62
  n = (n - c) / 62
  if n == 0 then return char(byte_of[c], byte_of[b], byte_of[a]) end
  local d = n % 62
  n = (n - d) / 62
  local text = char(byte_of[d], byte_of[c], byte_of[b], byte_of[a])
  while n > 0 do
    local digit = n % 62
    text = char(byte_of[digit]) .. text
    n = (n - digit) / 62
  end
  return text
end

local function shorten(keys, args)
  local call, md5 = redis.call, args[1]
  local known = call('HGET', keys[2], md5)
  if known then return known end
  local code = base62(call('INCR', keys[3]))
  call('HSET', keys[1], code, args[2])
  call('HSET', keys[2], md5, code)
  return code
end

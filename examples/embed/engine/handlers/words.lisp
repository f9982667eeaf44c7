; The words of a request, one after the other: small replies, each as soon as it is there.
(import asyncio)

(defn-async handle [words]
  (doseq [[i word] (enumerate words)]
    (await (asyncio.sleep 0.001))
    (yield (if (= i 0) word f" {word}"))))
